// A file that is dropped or chosen is sent at once; so is another choice of how to read it.
document.addEventListener("change", (event) => {
  const form = event.target.form
  if (form && form.hasAttribute("data-submit-on-change")) form.requestSubmit()
})
