// Loaded into dp before anything else: ends the process at the point that CRASH_AT names, as `commit 3 before`.
// dp itself knows nothing of it.
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');
const { StatementSync } = require('node:sqlite');

const [what, nth, when] = (process.env.CRASH_AT ?? '').split(' ');
let count = 0;

/** Counts calls of `name` that are meant; at the nth the process is gone, before or after it has worked. */
function watch(object, name, isMeant = () => true) {
  const real = object[name];
  object[name] = function (...given) {
    const isNow = isMeant.call(this, ...given) && ++count === Number(nth);
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
