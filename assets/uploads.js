// Files of people: sent as soon as they are chosen or dropped anywhere on the page, and sent again
// when they are to be read in another way. What became of a file, the page hears from the server.
const theForm = () => document.querySelector("form[data-send-file]")
let request

const say = (form, words) => {
  form.querySelector("[data-answer]").textContent = words
}

const show = (form, share) => {
  const bar = form.querySelector("progress")
  bar.hidden = share === null
  if (share !== null && share < 1) bar.value = share
  else bar.removeAttribute("value") // it has arrived, and is being read
}

const send = (form) => {
  const file = form.elements.file.files[0]
  say(form, "")
  if (!file) return say(form, "Choose the file once more, then it is read in this way.")
  if (file.size > Number(form.dataset.mostBytes)) return say(form, form.dataset.tooLarge)
  if (request) request.abort()
  request = new XMLHttpRequest()
  request.open("POST", form.action)
  request.upload.onprogress = (event) => show(form, event.loaded / event.total)
  request.onload = () => {
    show(form, null)
    if (request.status >= 400) say(form, request.responseText)
  }
  request.onerror = () => {
    show(form, null)
    say(form, "The file could not be sent: the connection broke, or the file has changed since. Choose it again.")
  }
  show(form, 0)
  request.send(new FormData(form))
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-send-file]")) return
  event.preventDefault()
  send(event.target)
})

document.addEventListener("change", (event) => {
  const form = event.target.form
  if (!form || !form.matches("form[data-send-file]")) return
  if (event.target.type === "file") {
    for (const choice of form.elements) if (choice.tagName === "SELECT") choice.value = ""
  } else if ("afresh" in event.target.dataset) {
    for (const choice of form.elements) if ("column" in choice.dataset) choice.value = ""
  }
  send(form)
})

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("input.cell")) event.target.blur()
})

const carriesFiles = (event) => theForm() && event.dataTransfer?.types.includes("Files")

document.addEventListener("dragover", (event) => {
  if (!carriesFiles(event)) return
  event.preventDefault()
  document.body.classList.add("dragging")
})

document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("dragging")
})

document.addEventListener("drop", (event) => {
  document.body.classList.remove("dragging")
  if (!carriesFiles(event)) return
  event.preventDefault()
  const form = theForm()
  form.elements.file.files = event.dataTransfer.files
  form.elements.file.dispatchEvent(new Event("change", {bubbles: true}))
})

// Chosen before this script was there, as happens on a slow line.
if (theForm()?.elements.file.files.length) send(theForm())
