/* The packing bench: the scan field keeps the keyboard, answers exchange only the bench, so that
   no key of a scanner is lost while a page loads. Without this file the same forms do the same. */
(function () {
  "use strict";

  var scan = document.getElementById("scan"), code = document.getElementById("code");
  var bench = document.getElementById("bench"), messages = document.getElementById("messages"), photo = scan.elements.photo;
  var waiting = [], busy = false;
  var BARCODE = /^\d{8,}$|[A-Za-z]/, SIDE = 1600;

  // -- one after the other: a fast hand, or a scanner, is ahead of the line
  function send(form, data) {
    waiting.push({ form: form, data: data });
    if (!busy) next();
  }

  function next() {
    var job = waiting.shift();
    busy = !!job;
    if (!job) return;
    fetch(job.form.action, { method: "POST", body: job.data, credentials: "same-origin" }).then(function (answer) {
      return answer.text().then(function (text) { show(answer, text); });
    }).catch(function () {
      say(scan.getAttribute("data-offline"));
      sound(false);
      job.form.removeAttribute("data-going");
    }).then(next);
  }

  function show(answer, text) {
    var page = new DOMParser().parseFromString(text, "text/html");
    var fresh = page.getElementById("bench");
    if (!fresh) { window.location.href = answer.url; return; }
    bench.innerHTML = fresh.innerHTML;
    var said = page.getElementById("messages");
    messages.innerHTML = said ? said.innerHTML : "";
    if (answer.redirected && window.history.replaceState) window.history.replaceState(null, "", answer.url);
    var refused = !answer.ok || messages.querySelector(".error");
    sound(!refused);
    if (refused) messages.scrollIntoView({ block: "center" });
    rest(refused);
  }

  function say(words) {
    var notice = document.createElement("div");
    notice.className = "notice error";
    notice.textContent = words;
    messages.innerHTML = "";
    messages.appendChild(notice);
  }

  document.addEventListener("submit", function (event) {
    var form = event.target, by = event.submitter;
    if (event.defaultPrevented || (form !== scan && !bench.contains(form))) return;
    event.preventDefault();
    var grams = form.elements.weighed_g;
    if (grams && BARCODE.test(grams.value)) {
      // Scanned into the field for the weight.
      code.value = grams.value;
      grams.value = "";
      form = scan;
      by = null;
    }
    if (form.hasAttribute("data-going")) return;
    var data = new FormData(form);
    if (by && by.name) data.append(by.name, by.value);
    if (form === scan) {
      code.value = "";
      photo.value = "";
    } else {
      form.setAttribute("data-going", "");
    }
    send(form, data);
  });

  // -- a photo: read here where the browser can, else made small and read by the station
  photo.addEventListener("change", function () {
    var file = photo.files[0];
    if (!file) return;
    if (!window.createImageBitmap) { send(scan, new FormData(scan)); photo.value = ""; return; }
    createImageBitmap(file).then(function (picture) {
      var reading = window.BarcodeDetector ? new window.BarcodeDetector().detect(picture) : Promise.resolve([]);
      return reading.catch(function () { return []; }).then(function (found) {
        var data = new FormData(scan);
        data.delete("photo");
        if (found.length === 1) { data.set("code", found[0].rawValue); return data; }
        return small(picture).then(function (blob) { data.append("photo", blob, "photo.jpg"); return data; });
      });
    }).catch(function () {
      return new FormData(scan);
    }).then(function (data) {
      photo.value = "";
      send(scan, data);
    });
  });

  function small(picture) {
    var factor = Math.min(1, SIDE / Math.max(picture.width, picture.height));
    var canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * factor);
    canvas.height = Math.round(picture.height * factor);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return new Promise(function (done) { canvas.toBlob(done, "image/jpeg", 0.85); });
  }

  // -- the keyboard belongs to the scanner; the one on the glass comes only when asked for
  code.setAttribute("inputmode", "none");
  scan.querySelectorAll("[data-keys]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      var shown = code.getAttribute("inputmode") === "text";
      code.setAttribute("inputmode", shown ? "none" : "text");
      code.blur();
      code.focus();
    });
  });

  function rest(stay) {
    var asked = bench.querySelector("[data-focus]");
    if (asked) { asked.focus({ preventScroll: !!stay }); return; }
    code.focus({ preventScroll: true });
  }

  function typing(element) {
    return element && /^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName);
  }

  document.addEventListener("keydown", function (event) {
    // Also from a button, which would take the scanner's Enter for a tap.
    if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && event.key !== " " && !typing(document.activeElement)) {
      code.focus({ preventScroll: true });
    }
  });
  document.addEventListener("click", function () {
    setTimeout(function () { if (!typing(document.activeElement)) code.focus({ preventScroll: true }); }, 0);
  });
  window.addEventListener("pageshow", function () { rest(); });
  rest();

  // -- heard without looking up: high for yes, low for no
  var audio = null;
  function sound(good) {
    var Context = window.AudioContext || window.webkitAudioContext;
    if (!good && navigator.vibrate) navigator.vibrate(200);
    if (!Context) return;
    try {
      audio = audio || new Context();
      var tone = audio.createOscillator(), loud = audio.createGain();
      tone.frequency.value = good ? 1200 : 220;
      loud.gain.value = 0.08;
      tone.connect(loud);
      loud.connect(audio.destination);
      tone.start();
      tone.stop(audio.currentTime + (good ? 0.08 : 0.35));
    } catch (error) { audio = null; }
  }
})();
