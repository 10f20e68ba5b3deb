/* What the packs come to while they are typed. The server counts again; a page needs none of this. */
(function () {
  "use strict";

  function yuan(fen) {
    var whole = String(Math.floor(fen / 100)).replace(/\B(?=(\d{3})+$)/g, ",");
    return "¥" + whole + "." + ("0" + (fen % 100)).slice(-2);
  }

  // Prices come as "12.50": in fen there is nothing to round.
  function fen(text) {
    return Math.round(parseFloat(text) * 100);
  }

  function show(within, name, text) {
    var place = within.querySelector("[data-" + name + "]");
    if (place) place.textContent = text;
  }

  function count(form) {
    var total = 0;
    form.querySelectorAll("tr[data-pack-units]").forEach(function (row) {
      var field = row.querySelector("input");
      var packs = Math.max(0, Math.floor(Number(field.value)) || 0);
      show(row, "units", packs * Number(row.getAttribute("data-pack-units")));
      if (row.hasAttribute("data-pack-price")) {
        var cost = packs * fen(row.getAttribute("data-pack-price"));
        show(row, "cost", yuan(cost));
        total += cost;
      }
    });
    show(form, "total", yuan(total));
    var lack = fen(form.getAttribute("data-minimum")) - total;
    var below = form.querySelector("[data-below]");
    if (below) below.hidden = !(lack > 0);
    show(form, "lack", yuan(Math.max(0, lack)));
  }

  document.querySelectorAll("form[data-packs]").forEach(function (form) {
    form.querySelectorAll(".if-script").forEach(function (element) { element.hidden = false; });
    form.addEventListener("input", function () { count(form); });
    count(form);
  });
})();
