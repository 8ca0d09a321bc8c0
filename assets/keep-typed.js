// What was typed survives a reload, such as the one after a new version of the site was deployed.
// Passwords, shown or not, and files are never kept, and what was sent is forgotten.
{
  const place = "typed:" + location.pathname + location.search
  const TEXTS = "input:not([type]), input[type=text], input[type=email], input[type=search], textarea"
  const KEPT = `:is(${TEXTS}):not([autocomplete$=password])`
  const name = (field) => field.name || field.id || field.getAttribute("aria-label")

  const read = () => {
    try {
      return JSON.parse(sessionStorage.getItem(place)) || {}
    } catch {
      return {}
    }
  }
  const here = () => "typed:" + location.pathname + location.search === place
  const keep = (field) => {
    if (!here() || !field.matches(KEPT) || !name(field)) return
    sessionStorage.setItem(place, JSON.stringify({ ...read(), [name(field)]: field.value }))
  }

  document.addEventListener("input", (event) => keep(event.target))
  document.addEventListener("submit", () => sessionStorage.removeItem(place), true)

  const reloaded = performance.getEntriesByType("navigation")[0]?.type === "reload"
  const waiting = reloaded ? read() : {}
  if (!reloaded) sessionStorage.removeItem(place)
  // On a slow line a person types before this script is there.
  const started = [...document.querySelectorAll(KEPT)].filter((field) => field.value !== field.defaultValue)
  for (const field of started) {
    keep(field)
    delete waiting[name(field)]
  }

  // A page may draw a field anew while it starts, so each element is filled in once, until the
  // person does something: from then on what was given back is theirs to change.
  const filled = new WeakSet()
  const given = new Set()
  const put = (field) => {
    const typed = waiting[name(field)]
    filled.add(field)
    given.add(name(field))
    if (!typed || field.value === typed) return
    const kind = field.tagName === "TEXTAREA" ? HTMLTextAreaElement : HTMLInputElement
    // The native setter, so that the page's own scripts notice the change as if it were typed.
    Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(field, typed)
    field.dispatchEvent(new Event("input", { bubbles: true }))
  }
  const hydrated = () => document.querySelector('.site[data-ready="true"]')
  const restore = () => {
    if (!hydrated()) return
    for (const field of document.querySelectorAll(KEPT))
      if (name(field) in waiting && !filled.has(field)) put(field)
  }
  const look = new MutationObserver(restore)
  const settle = (event) => {
    if (!event.isTrusted) return
    for (const one of given) delete waiting[one]
    given.clear()
    if (!Object.keys(waiting).length) look.disconnect()
  }
  const all = { childList: true, subtree: true, attributes: true }
  if (Object.keys(waiting).length) {
    look.observe(document, all)
    for (const kind of ["input", "keydown", "pointerdown"]) document.addEventListener(kind, settle)
    restore() // the page may have been ready before this script was
  }
}
