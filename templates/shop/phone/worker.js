{% load static %}/* Keeps what a household needs without a network: the shelves and the basket as last seen, the
   last orders, the door's card. Asks the network first; what is kept is shown only if it is silent. */
"use strict";

var SHELL = "shell-{{ version }}", PAGES = "pages", OFFLINE = "{% url 'offline' %}";
var FILES = [OFFLINE{% for file in files %}, "{{ file }}"{% endfor %}];
var HOME = "{% url 'home' %}", BASKET = "{% url 'checkout' %}", CHANGE = "{% url 'basket-change' %}";
var ORDERS = "{% url 'order-list' %}", CARD = "{% url 'my-card' %}";
// Pages of a door that are kept as they were last seen; of orders, the latest twelve.
var KEPT = /^\/($|checkout\/$|orders\/$|orders\/[^/]+\/$|my-home\/$|my-card\/$)/;
var ORDER = /^\/orders\/[^/]+\/$/, MOST_ORDERS = 12;
// Whoever comes or goes takes the pages of the one before along: also those still on their way.
var DOORWAYS = /^\/(login|logout|c|leader)\//, COME_IN = /^\/login\//, visit = 0;
// So long nobody touches the basket before it is kept as it is now.
var QUIET = 3000, lastChange = 0;

self.addEventListener("install", function (event) {
  event.waitUntil(caches.open(SHELL).then(function (shell) { return shell.addAll(FILES); })
    .then(function () { return self.skipWaiting(); }));
});

self.addEventListener("activate", function (event) {
  event.waitUntil(caches.keys().then(function (names) {
    return Promise.all(names.map(function (name) {
      if (name !== SHELL && name !== PAGES) return caches.delete(name);
    }));
  }).then(function () { return self.clients.claim(); }));
});

self.addEventListener("fetch", function (event) {
  var asked = event.request, url = new URL(asked.url);
  if (url.origin !== location.origin) return;
  // Answers are left to the browser: not every one lets a worker pass on what a form sends.
  if (asked.method === "POST") {
    if (DOORWAYS.test(url.pathname)) event.waitUntil(leave());
    if (url.pathname === CHANGE || url.pathname === BASKET) event.waitUntil(basket());
  }
  if (asked.method !== "GET") return;
  if (url.pathname.indexOf("{% get_static_prefix %}") === 0) event.respondWith(file(asked));
  else if (asked.mode === "navigate") event.respondWith(page(asked, url, event));
});

// Names of files say what is in them: one that is there is the right one.
function file(asked) {
  return caches.match(asked).then(function (found) {
    return found || fetch(asked).then(function (answer) {
      if (!answer.ok) return answer;
      var copy = answer.clone();
      return caches.open(SHELL).then(function (shell) { return shell.put(asked, copy); })
        .then(function () { return answer; }, function () { return answer; });
    });
  });
}

function page(asked, url, event) {
  var mine = visit;
  return fetch(asked).then(function (answer) {
    event.waitUntil(keep(answer.clone(), url, mine));
    return answer;
  }, function () {
    return caches.match(url.pathname).then(function (kept) {
      return kept ? seenBefore(kept) : caches.match(OFFLINE);
    });
  });
}

function leave() {
  visit += 1;
  return caches.delete(PAGES);
}

function keep(answer, url, mine) {
  var there = new URL(answer.url);
  // Sent to log in: whose pages these were is no longer let in.
  if (COME_IN.test(there.pathname)) return leave();
  if (!answer.ok || there.pathname !== url.pathname || !KEPT.test(url.pathname)) return Promise.resolve();
  // The shelves as they open, not what somebody searched for.
  if (url.pathname === HOME && url.search) return Promise.resolve();
  return answer.text().then(function (html) {
    // Another door's, while its leader orders for it.
    if (html.indexOf('class="ordering-for"') >= 0 || mine !== visit) return;
    return caches.open(PAGES).then(function (pages) {
      return pages.match(url.pathname).then(function (before) {
        if (mine !== visit) return;
        return pages.put(url.pathname, new Response(html, { headers: { "Content-Type": "text/html; charset=utf-8",
          "Content-Security-Policy": answer.headers.get("Content-Security-Policy") || "default-src 'self'" } }))
          .then(function () { return forget(pages); })
          .then(function () { return along(url.pathname, before, pages, mine); });
      });
    });
  });
}

// What has to be there without a network, though nobody opened it with one.
function along(path, before, pages, mine) {
  // A new order: the list has to name it.
  if (ORDER.test(path) && !before) return bring(ORDERS, mine);
  if (path !== HOME) return;
  return Promise.all([CARD, ORDERS].map(function (each) {
    return pages.match(each).then(function (there) { if (!there) return bring(each, mine); });
  }));
}

function basket() {
  var mine = visit, now = lastChange = Date.now();
  return new Promise(function (resolve) { setTimeout(resolve, QUIET); }).then(function () {
    if (now === lastChange) return bring(BASKET, mine);
  });
}

function bring(path, mine) {
  return fetch(path, { credentials: "same-origin" }).then(function (answer) {
    return keep(answer, new URL(path, location.origin), mine);
  }, function () {});
}

function forget(pages) {
  return pages.keys().then(function (all) {
    var orders = all.filter(function (each) { return ORDER.test(new URL(each.url).pathname); });
    return Promise.all(orders.slice(0, Math.max(0, orders.length - MOST_ORDERS)).map(function (each) { return pages.delete(each); }));
  });
}

// The page says itself that it is an old one, and of when (templates/base.html, site.css).
function seenBefore(kept) {
  return kept.text().then(function (html) {
    return new Response(html.replace("<html ", "<html data-kept "), { headers: kept.headers });
  });
}
