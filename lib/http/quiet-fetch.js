'use strict';
// `fetch` for streams that stand for as long as a connection does. Not Node's own: that one keeps the program alive while a response is
// open, and gives up a stream on which nothing comes for five minutes.

const http = require('node:http');
const https = require('node:https');
const { Readable } = require('node:stream');

/** A peer that vanished without a word is noticed by the kernel. */
const PROBE_AFTER_MS = 30_000;
/** A Response with one of these has no body. */
const BODILESS = new Set([204, 205, 304]);

/**
 * One request, redirects left to the caller. Its socket keeps no program alive.
 * @param {string | URL} url
 * @param {RequestInit} init
 * @param {{began: () => void, ended: () => void}} watch told of a response that says yes, and of the end of its body, however it ended
 * @returns {Promise<Response>} rejects as the socket does
 */
function quietFetch(url, { method, headers, body, signal }, watch) {
  const { request } = new URL(url).protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers: Object.fromEntries(new Headers(headers)), signal });
    asked.on('socket', (socket) => socket.setKeepAlive(true, PROBE_AFTER_MS).unref());
    asked.on('error', reject);
    asked.on('response', (incoming) => {
      const response = responseOf(incoming);
      if (response.ok) {
        watch.began();
        incoming.once('close', watch.ended);
      }
      resolve(response);
    });
    asked.end(body);
  });
}

function responseOf(incoming) {
  const { statusCode: status, statusMessage: statusText } = incoming;
  const headers = new Headers();
  for (const [name, values] of Object.entries(incoming.headersDistinct)) values.forEach((value) => headers.append(name, value));
  if (BODILESS.has(status)) incoming.resume();
  return new Response(BODILESS.has(status) ? null : Readable.toWeb(incoming), { status, statusText, headers });
}

module.exports = { quietFetch };
