/* The counter without reloads: scans and taps go out one after the other, the page takes the answers in.
   Everything here also works without it; the page is plain forms. */
(function () {
  "use strict";

  var till = document.getElementById("till"), field = document.getElementById("scan");
  if (!till || !field || !window.fetch || !window.DOMParser) return;
  var waiting = [], busy = false, PARTS = ["sale", "tiles", "messages"];

  // Before site.js, which would let a form go out only once.
  till.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.hasAttribute("data-live")) return;
    event.preventDefault();
    if (form.contains(field) && !field.value.trim()) return toTheMoney();
    var body = new FormData(form), button = event.submitter;
    if (button && button.name) body.append(button.name, button.value);
    var typed = form.contains(field) ? field.value : "";
    if (typed) field.value = "";
    waiting.push({ action: form.action, body: body, typed: typed });
    next();
  });

  function next() {
    if (busy || !waiting.length) return;
    busy = true;
    var job = waiting.shift();
    till.setAttribute("aria-busy", "true");
    fetch(job.action, { method: "POST", body: job.body, credentials: "same-origin" })
      .then(function (answer) {
        return answer.text().then(function (text) { show(answer, text); });
      })
      .catch(function () {
        if (job.typed && !field.value) field.value = job.typed;
        say(till.getAttribute("data-offline"));
      })
      .then(function () { busy = false; till.removeAttribute("aria-busy"); next(); });
  }

  function show(answer, text) {
    var page = new DOMParser().parseFromString(text, "text/html");
    // Logged out, sold in another window, or the door may not come any more: see that page itself.
    if (!page.getElementById("till")) return window.location.assign(answer.redirected ? answer.url : window.location.href);
    PARTS.forEach(function (name) {
      var old = document.getElementById(name), fresh = page.getElementById(name);
      if (old && fresh) old.replaceWith(document.importNode(fresh, true));
    });
    if (!document.activeElement || document.activeElement === document.body) field.focus({ preventScroll: true });
  }

  function say(sentence) {
    var box = document.createElement("div");
    box.className = "notice error";
    box.textContent = sentence;
    document.getElementById("messages").replaceChildren(box);
  }

  // -- Enter with nothing scanned: the goods are all there; what is short is put right, then the money
  function toTheMoney() {
    var there = till.querySelector(".shortage button") || document.getElementById("id_tendered");
    if (!there) return;
    there.focus();
    if (there.select) there.select();
  }

  // -- the change, while the cash is typed
  till.addEventListener("input", function (event) {
    if (event.target.id !== "id_tendered") return;
    var words = document.getElementById("change");
    var typed = event.target.value.normalize("NFKC").replace(/[¥元\s]/g, "");
    var got = /^(\d+\.?\d{0,2}|\.\d{1,2})$/.test(typed) ? Math.round(parseFloat(typed) * 100) : NaN;
    var total = Math.round(parseFloat(event.target.getAttribute("data-total")) * 100);
    words.hidden = isNaN(got);
    if (words.hidden) return;
    var name = got < total ? "data-missing" : "data-change";
    words.classList.toggle("missing", got < total);
    words.textContent = words.getAttribute(name).replace("{0}", (Math.abs(got - total) / 100).toFixed(2));
  });

  // -- a scanner types wherever the cursor is not
  document.addEventListener("keydown", function (event) {
    var there = document.activeElement, typing = there && /^(INPUT|TEXTAREA|SELECT)$/.test(there.tagName);
    if (typing || event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey || event.key === " ") return;
    field.focus();
  });
})();
