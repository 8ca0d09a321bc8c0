// Copies a file of ours to the clipboard: it can be longer than a page should hold.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy-from]")
  if (!button) return
  const says = button.parentElement.querySelector("[data-copy-says]")
  const text = fetch(button.dataset.copyFrom).then((answer) => {
    if (!answer.ok) throw new Error(answer.status)
    return answer.text()
  })
  copy(text).then(
    (lines) => (says.textContent = `${lines} copied`),
    () => (says.textContent = "Not copied. Download the CSV instead."),
  )
})

async function copy(text) {
  // Given as a promise, so that the browser still counts the click as the reason.
  const blob = text.then((found) => new Blob([found], { type: "text/plain" }))
  await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })])
  return (await text).split("\n").filter(Boolean).length
}
