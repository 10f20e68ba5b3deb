/* Small help, nothing a page needs: countdowns, one answer per tap, "are you sure", print. */
(function () {
  "use strict";

  // -- countdowns: words come from the element, time from the server (old phones have wrong clocks)
  // Old phones want the colon in +08:00 that the server's format leaves out.
  var served = Date.parse((document.documentElement.getAttribute("data-now") || "").replace(/(\d\d)$/, ":$1"));
  // A page that was kept (worker.js) was served long ago: there only the phone's clock is left.
  var kept = document.documentElement.hasAttribute("data-kept");
  var ahead = kept || isNaN(served) ? 0 : Date.now() - served;

  function words(element, left) {
    var minutes = Math.floor(left / 60000), hours = Math.floor(minutes / 60), days = Math.floor(hours / 24);
    var name = left <= 0 ? "over" : days ? "dh" : hours ? "hm" : minutes ? "m" : "soon";
    return (element.getAttribute("data-" + name) || "")
      .replace("{d}", days).replace("{h}", days ? hours % 24 : hours).replace("{m}", hours ? minutes % 60 : minutes);
  }

  function tick() {
    var now = Date.now() - ahead;
    document.querySelectorAll("[data-closes-at]").forEach(function (element) {
      var closes = Date.parse(element.getAttribute("data-closes-at"));
      if (isNaN(closes)) return;
      if (element.tagName === "PROGRESS") {
        var opens = Date.parse(element.getAttribute("data-opens-at"));
        if (!(closes > opens)) return;
        element.value = Math.min(1, Math.max(0, (now - opens) / (closes - opens)));
        element.hidden = false;
        return;
      }
      element.classList.toggle("running", closes > now);
      var text = words(element, closes - now);
      if (text && element.textContent !== text) element.textContent = text;
    });
  }

  // -- ask first; before htmx sees the event
  document.addEventListener("submit", function (event) {
    var asker = event.submitter && event.submitter.hasAttribute("data-confirm") ? event.submitter : event.target;
    var question = asker.getAttribute("data-confirm");
    if (question && !asked && !window.confirm(question)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);

  // -- a second tap sends nothing; htmx has already taken its own forms (defaultPrevented)
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || form.hasAttribute("data-again") || form.target === "_blank") return;
    if (form.hasAttribute("data-sent")) return event.preventDefault();
    if (navigator.onLine === false && !asked && event.submitter && window.fetch && form.method === "post") {
      event.preventDefault();
      return ask(event.submitter);
    }
    form.setAttribute("data-sent", "");
    // Later: a button disabled now would not send its own name and value.
    setTimeout(function () { buttons(form, true); }, 0);
    // A line that went dead leaves the page where it is: the next try must be possible.
    setTimeout(function () { rest(form); }, 15000);
  });

  // Without a network the browser's own page would take the place of ours, and of all that was typed.
  // But a machine without one may be the station itself: so it is asked first.
  var asked = false;

  function ask(button) {
    fetch("/healthz", { cache: "no-store" }).then(function () {
      asked = true;
      button.click();
      asked = false;
    }, lost);
  }

  function buttons(form, off) {
    Array.prototype.forEach.call(form.elements, function (element) {
      if (element.type !== "submit") return;
      if (off && !element.disabled) { element.disabled = true; element.setAttribute("data-off", ""); }
      if (!off && element.hasAttribute("data-off")) { element.disabled = false; element.removeAttribute("data-off"); }
    });
  }

  function rest(form) {
    form.removeAttribute("data-sent");
    buttons(form, false);
  }

  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(rest);
    tick();
  });

  // -- paper: the button only shows where it can do something
  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });

  // -- steppers count at once, and answer to quick fingers: while one tap is on its way the next ones
  // are only counted; when it has arrived the last of them is sent. Every tap says how many there
  // shall be, so none of them can add up twice.
  function stepperOf(element) {
    return element && element.closest ? element.closest(".stepper[data-now]") : null;
  }

  function count(stepper, many) {
    var less = stepper.querySelector(".step"), more = stepper.querySelector(".add"), shown = stepper.querySelector("output");
    var record = more.value.split(":")[0] + ":", focused = document.activeElement;
    shown.textContent = many;
    less.value = record + Math.max(0, many - 1);
    more.value = record + (many + 1);
    more.disabled = many >= stepper.getAttribute("data-most");
    less.hidden = shown.hidden = !many;
    // Who works with the keyboard goes on with the button that is left.
    if (focused === less && less.hidden) more.focus();
    if (focused === more && more.disabled) less.focus();
  }

  function send(stepper, many) {
    var more = stepper.querySelector(".add"), here = "#" + stepper.id;
    window.htmx.ajax("POST", more.form.action, {
      source: here, target: here, swap: "outerHTML", values: { set: more.value.split(":")[0] + ":" + many }
    }).catch(function () {});
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest(".step"), stepper = stepperOf(button);
    if (!stepper || !window.htmx) return;
    event.preventDefault();
    var many = Number(button.value.split(":")[1]);
    if (stepper.classList.contains("htmx-request")) stepper.setAttribute("data-want", many);
    else send(stepper, many);
    count(stepper, many);
  });

  document.addEventListener("htmx:beforeSwap", function (event) {
    var stepper = stepperOf(event.detail.elt);
    if (stepper && stepper.hasAttribute("data-want")) event.detail.shouldSwap = false;
  });

  document.addEventListener("htmx:afterRequest", function (event) {
    var stepper = stepperOf(event.detail.elt);
    if (!stepper) return;
    var want = stepper.getAttribute("data-want");
    stepper.removeAttribute("data-want");
    if (!event.detail.successful) {
      count(stepper, Number(stepper.getAttribute("data-now")));
      leaving = "";
      if (event.detail.xhr.status) lost();
    } else if (want !== null) {
      setTimeout(function () { send(stepper, Number(want)); }, 0);
    }
  });

  // Who goes to the checkout takes along what they tapped.
  var leaving = "";

  function busy() {
    return document.querySelector(".stepper.htmx-request, .stepper[data-want]");
  }

  document.addEventListener("click", function (event) {
    var link = event.target.closest(".basket-bar");
    if (!link || !busy()) return;
    event.preventDefault();
    leaving = link.href;
  });

  document.addEventListener("htmx:afterSettle", function () {
    if (leaving && !busy()) window.location = leaving;
  });

  // -- the line went dead, and somebody waits for an answer
  function lost() {
    var place = document.getElementById("messages");
    if (!place || !place.hasAttribute("data-lost")) return;
    place.innerHTML = '<div class="notice error lost"></div>';
    place.firstChild.textContent = place.getAttribute("data-lost");
  }

  // Nothing came back at all, whatever was tapped.
  document.addEventListener("htmx:sendError", lost);

  // -- what a phone keeps for when there is no network (templates/shop/phone/worker.js)
  var worker = document.querySelector('meta[name="station-worker"]');
  if (worker && "serviceWorker" in navigator) navigator.serviceWorker.register(worker.content).catch(function () {});

  // -- the shelf that is open is in sight, however many there are
  function showShelf() {
    var shelf = document.querySelector(".cats [aria-current]");
    if (!shelf) return;
    var inside = shelf.getBoundingClientRect(), around = shelf.parentNode.getBoundingClientRect();
    shelf.parentNode.scrollLeft += inside.left - around.left - 60;
    shelf.parentNode.scrollTop += inside.top - around.top - 120;
  }

  // -- what had the focus went away with an answer: go on in what came
  document.addEventListener("htmx:afterSettle", function (event) {
    var part = event.detail.target;
    if (document.activeElement !== document.body || !part.id || !part.isConnected) return;
    part.setAttribute("tabindex", "-1");
    part.focus({ preventScroll: true });
  });

  document.addEventListener("htmx:afterSwap", showShelf);
  showShelf();

  // -- a row of links that is wider than the phone shows the one we are at
  document.querySelectorAll(".side nav a[aria-current]").forEach(function (link) {
    var row = link.parentElement;
    row.scrollLeft = link.offsetLeft - row.offsetLeft - (row.clientWidth - link.offsetWidth) / 2;
  });

  document.addEventListener("htmx:afterSwap", tick);
  setInterval(tick, 1000);
  tick();
})();
