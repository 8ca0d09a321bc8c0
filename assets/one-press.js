// A double click presses a button once: what sends, pays or removes would do it twice, or do with
// the second click what the first one only asked.
document.addEventListener("click", (event) => {
  const button = event.detail > 1 && event.target.closest?.("button")
  const sends = button && button.form && button.type === "submit"
  if (!button || !(sends || button.matches(".primary, .danger"))) return
  event.preventDefault()
  event.stopImmediatePropagation()
}, { capture: true })
