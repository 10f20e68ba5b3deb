/* The code of a scanned card stands behind the #: into the form, out of the address, and sent. */
(function () {
  "use strict";

  function scanned() {
    var code = window.location.hash.slice(1);
    var field = document.querySelector("[data-card-code]");
    if (!/^[0-9A-Za-z]{8}$/.test(code)) return;
    window.history.replaceState(null, "", window.location.pathname);
    // Another card while the first one's question is still there: begin anew, with its code.
    if (!field) { window.location.replace(window.location.pathname + "?new#" + code); return; }
    field.value = code;
    // A button's tap and not submit(): what swallows a second tap has to hear of it.
    field.form.querySelector("button").click();
  }

  window.addEventListener("hashchange", scanned);
  scanned();
})();
