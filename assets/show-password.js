// A password can be looked at while it is typed. It is hidden again before it leaves, since a
// browser remembers what stood in a field of text.
{
  const shown = "input[type=text][autocomplete$=password]"
  const hideAll = () => {
    for (const field of document.querySelectorAll(shown)) field.type = "password"
  }
  addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-reveal]")
    if (!button) return
    const field = document.getElementById(button.getAttribute("aria-controls"))
    field.type = field.type === "password" ? "text" : "password"
  })
  addEventListener("submit", hideAll, { capture: true })
  addEventListener("pagehide", hideAll)
}
