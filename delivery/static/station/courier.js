/* The time of the tap, however long the line takes; by the server's clock, as phones may be wrong. */
(function () {
  "use strict";
  var served = Date.parse(document.documentElement.getAttribute("data-now")), opened = Date.now();

  document.addEventListener("submit", function (event) {
    var field = event.target.elements.tapped_at;
    if (field && !isNaN(served)) field.value = new Date(served + Date.now() - opened).toISOString();
  }, true);
})();
