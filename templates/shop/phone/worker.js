{% load static %}/* Keeps what a household needs without a network: the shelves and the basket as last seen, the
   last orders, the door's card. Asks the network first; what is kept is shown only if it is silent. */
"use strict";

var SHELL = "shell-{{ version }}", PAGES = "pages", OFFLINE = "{% url 'offline' %}";
var FILES = [OFFLINE{% for file in files %}, "{{ file }}"{% endfor %}];
// Pages of a door that are kept as they were last seen; of orders, the latest twelve.
var KEPT = /^\/($|checkout\/$|orders\/$|orders\/[^/]+\/$|my-home\/$|my-card\/$)/;
var ORDER = /^\/orders\/[^/]+\/$/, MOST_ORDERS = 12;
// Whoever comes or goes takes the pages of the one before along.
var DOORWAYS = /^\/(login|logout|c|leader)\//;

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
  if (DOORWAYS.test(url.pathname) && asked.method === "POST") event.waitUntil(caches.delete(PAGES));
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
  return fetch(asked).then(function (answer) {
    event.waitUntil(keep(answer.clone(), url));
    return answer;
  }, function () {
    return caches.match(url.pathname).then(function (kept) {
      return kept ? seenBefore(kept) : caches.match(OFFLINE);
    });
  });
}

function keep(answer, url) {
  var there = new URL(answer.url);
  // Sent to log in: whose pages these were is no longer let in.
  if (DOORWAYS.test(there.pathname)) return caches.delete(PAGES);
  if (!answer.ok || there.pathname !== url.pathname || !KEPT.test(url.pathname)) return Promise.resolve();
  // The shelves as they open, not what somebody searched for.
  if (url.pathname === "/" && url.search) return Promise.resolve();
  return answer.text().then(function (html) {
    // Another door's, while its leader orders for it.
    if (html.indexOf('class="ordering-for"') >= 0) return;
    return caches.open(PAGES).then(function (pages) {
      return pages.put(url.pathname, new Response(html, { headers: { "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": answer.headers.get("Content-Security-Policy") || "default-src 'self'" } }))
        .then(function () { return forget(pages); });
    });
  });
}

function forget(pages) {
  return pages.keys().then(function (all) {
    var orders = all.filter(function (each) { return ORDER.test(new URL(each.url).pathname); });
    return Promise.all(orders.slice(0, Math.max(0, orders.length - MOST_ORDERS)).map(function (each) { return pages.delete(each); }));
  });
}

// The page says itself that it is an old one (templates/base.html, site.css).
function seenBefore(kept) {
  return kept.text().then(function (html) {
    return new Response(html.replace("<html ", "<html data-kept "), { headers: kept.headers });
  });
}
