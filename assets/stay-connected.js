// A download or a mail link begins as leaving the page, and the page's own scripts would hang up on
// the server then and hear of nothing until the next click. Who really leaves is seen by `pagehide`.
addEventListener("beforeunload", (event) => event.stopImmediatePropagation(), { capture: true })
