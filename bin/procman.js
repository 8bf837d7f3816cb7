#!/usr/bin/env node
'use strict';
// What the shell starts. Old syntax on purpose: an old Node must be able to read it and be told so.

var MIN_NODE = [20, 17];

function isTooOld(version) {
  var parts = version.split('.').map(Number);
  return parts[0] < MIN_NODE[0] || (parts[0] === MIN_NODE[0] && parts[1] < MIN_NODE[1]);
}

if (isTooOld(process.versions.node)) {
  process.stderr.write('procman: needs Node.js ' + MIN_NODE.join('.') + ' or later, this is ' + process.versions.node + '; install a newer one\n');
  process.exitCode = 1;
} else {
  require('../lib/cli/main.js').runFromShell();
}
