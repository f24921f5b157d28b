#!/usr/bin/env node
// dp in a project that depends on its package: on this Node where it is new enough, else on the one that the package depends on.
'use strict';
const { spawn } = require('node:child_process');
const { enableCompileCache } = require('node:module');
const { dirname, join } = require('node:path');

const NEEDED = 26;
const dp = join(__dirname, '../dist/dp.cjs');

if (Number.parseInt(process.versions.node) >= NEEDED) {
  // What V8 compiled once need not be compiled again; where this cannot be written, Node goes without.
  process.env.NODE_COMPILE_CACHE ??= join(__dirname, '../.cache');
  enableCompileCache(process.env.NODE_COMPILE_CACHE);
  require(dp);
} else {
  runOn(ownNode());
}

/** Returns undefined where npm left out the optional package, or there is none for this platform. */
function ownNode() {
  const platform = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const name = platform === 'darwin-arm64' ? `node-bin-${platform}` : `node-${platform}`;
  try {
    const folder = dirname(require.resolve(`${name}/package.json`));
    return join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  } catch {
    return undefined;
  }
}

/** @param {string | undefined} node */
function runOn(node) {
  if (node === undefined) {
    process.stderr.write(
      `dp: it needs Node ${NEEDED} or later, this is Node ${process.versions.node}, and its own Node is not installed for ${process.platform}-${process.arch}; ` +
        'install a newer Node, or dp again with its optional dependencies\n',
    );
    process.exitCode = 70;
    return;
  }
  const child = spawn(node, [dp, ...process.argv.slice(2)], { stdio: 'inherit' });
  // Ctrl-C in a terminal reaches both processes, and dp would take a second signal as an order to hurry.
  const forwarded = process.stdin.isTTY ? ['SIGTERM', 'SIGHUP'] : ['SIGTERM', 'SIGHUP', 'SIGINT'];
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => forwarded.includes(signal) && child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`dp: ${node} cannot be started: ${error.message}\n`);
    process.exitCode = 70;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exitCode = code ?? 70;
    else {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
  });
}
