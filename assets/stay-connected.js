// A download or a mail link begins as leaving the page, and the page's own scripts would hang up on
// the server then and hear of nothing until the next click.
{
  let stays = false // what was clicked last leads to no page
  const note = ({ target }) => {
    stays = Boolean(target.closest?.("a[data-file], a[href^='mailto:']"))
  }
  addEventListener("click", note, { capture: true })
  addEventListener("submit", () => (stays = false), { capture: true })
  const leave = (event) => stays && event.stopImmediatePropagation()
  addEventListener("beforeunload", leave, { capture: true })
}
