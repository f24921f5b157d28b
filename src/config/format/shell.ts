/** The kind of the value under `shell:`: the name of a program, or a whole argument list. */
import { isPosixShell, type Shell } from '../../model/shell.ts';
import { type Kind, toJson, wrong } from './kinds.ts';

const EXPECTED =
  'a program such as bash, or its whole argument list such as [bash, -euo, pipefail, -c]';

export const shell: Kind<Shell> = {
  expected: EXPECTED,
  schema: {
    anyOf: [
      { type: 'string', pattern: String.raw`^\S+$` },
      { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1 },
    ],
  },
  accepts: (node) => node.is !== 'map',
  read(node, path, report) {
    const value = toJson(node);
    if (typeof value === 'string') {
      const words = value.trim().split(/\s+/);
      if (value !== '' && words[0] === value) return value;
      const hint = words.length > 1 ? `write a list: [${[...words, '-c'].join(', ')}]` : undefined;
      return wrong({ node, path, report }, EXPECTED, { hint });
    }
    if (!isArgumentList(value)) return wrong({ node, path, report }, EXPECTED);
    if (!takesFileFor(value)) return value;
    const message = `${path} would take the command for the name of a file`;
    report.error('DP1005', message, node, 'end the list with -c; the command follows it');
    return undefined;
  },
};

function isArgumentList(value: unknown): value is Exclude<Shell, string> {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item) => typeof item === 'string' && item !== '')
  );
}

/** Returns whether a known shell has options only, and no `-c` among them: it would take the command for the name of a file. */
function takesFileFor([program, ...rest]: Exclude<Shell, string>): boolean {
  if (!isPosixShell(program)) return false;
  const options = rest.filter((_, place) => !/^[-+]\w*o$/.test(rest[place - 1] ?? ''));
  return (
    options.every((option) => /^[-+]/.test(option)) &&
    !options.some((option) => /^-\w*c/.test(option))
  );
}
