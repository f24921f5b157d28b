// Loaded into dp before anything else: ends the process at the point that CRASH_AT names, as `commit 3 before`.
// CRASH_IN is the process that is meant: `daemon` or `runner`; by default each. dp itself knows nothing of it.
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');
const { StatementSync } = require('node:sqlite');

const isRunner = process.argv.includes('schedule-runner');
const isMeant =
  (process.env.CRASH_IN ?? '') === '' || isRunner === (process.env.CRASH_IN === 'runner');
const [what, nth, when] = isMeant ? (process.env.CRASH_AT ?? '').split(' ') : [];
let count = 0;

/** Counts calls of `name` that are meant; at the nth the process is gone, before or after it has worked. */
function watch(object, name, counts = () => true) {
  const real = object[name];
  object[name] = function (...given) {
    const isNow = counts.call(this, ...given) && ++count === Number(nth);
    if (isNow && when === 'before') process.kill(process.pid, 'SIGKILL');
    const result = real.apply(this, given);
    if (isNow && when === 'after') process.kill(process.pid, 'SIGKILL');
    return result;
  };
}

if (what === 'commit') {
  watch(StatementSync.prototype, 'run', function () {
    return this.sourceSQL === 'COMMIT';
  });
} else if (what === 'rename') watch(fs, 'renameSync', (path) => path.includes('.dp'));
else if (what === 'flush') watch(fs, 'fsync');
syncBuiltinESMExports();
