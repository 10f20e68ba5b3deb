/* A delivery is typed in: a scanner's Enter goes on to the next field, the offer fills a cost with
   one tap, the sum of the lines stands below them, and the photos that go along are named. The page
   works without. */
(function () {
  "use strict";

  Array.prototype.forEach.call(document.querySelectorAll("[data-chosen]"), function (list) {
    // The list stands in a part of its own, which is read aloud when it changes.
    var inputs = list.parentNode.parentNode.querySelectorAll("input[type=file]");

    function name() {
      list.textContent = "";
      Array.prototype.forEach.call(inputs, function (input) {
        Array.prototype.forEach.call(input.files, function (file) {
          list.appendChild(document.createElement("li")).textContent = "✓ " + file.name;
        });
      });
      list.hidden = !list.firstChild;
    }

    Array.prototype.forEach.call(inputs, function (input) {
      input.addEventListener("change", name);
    });
    name();  // what the browser kept over a reload
  });

  var form = document.querySelector("[data-arrival]");
  if (!form) return;
  var costs = form.querySelectorAll("[name$=-cost]");
  var foot = form.querySelector("[data-sum]"), total = form.querySelector("[data-total]");

  function sum() {
    var fen = 0;
    Array.prototype.forEach.call(costs, function (input) {
      var yuan = parseFloat(input.value);
      if (yuan > 0) fen += Math.round(yuan * 100);
    });
    total.textContent = "¥" + (fen / 100).toFixed(2);
    foot.hidden = !fen;
  }

  Array.prototype.forEach.call(form.querySelectorAll("[data-fill]"), function (button) {
    var input = button.parentNode.querySelector("input");
    var units = form.elements[input.name.replace(/cost$/, "units")];
    button.hidden = false;
    button.addEventListener("click", function () {
      var part = units.value / button.getAttribute("data-of");
      input.value = (Math.round(button.getAttribute("data-fill") * 100 * part) / 100).toFixed(2);
      sum();
    });
  });

  form.addEventListener("input", sum);
  form.addEventListener("keydown", function (event) {
    var here = event.target;
    if (event.key !== "Enter" || here.tagName !== "INPUT" || here.type === "file") return;
    event.preventDefault();
    var inputs = Array.prototype.filter.call(form.elements, function (element) {
      return element.tagName === "INPUT" && element.type !== "hidden" && element.type !== "radio";
    });
    var next = inputs[inputs.indexOf(here) + 1];
    if (next) next.focus();
  });
  sum();
})();
