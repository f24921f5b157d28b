import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { compileCommand, placeReferences } from '../../../src/config/expressions/shell.ts';

/** What a real shell prints for a command with `x` as the value of `${params.x}`. */
async function printed(template: string, x: unknown, shell = 'sh'): Promise<string> {
  const evaluate = await compileCommand(template);
  const { command, env } = evaluate({ params: { x: x as string } });
  return execFileSync(shell, ['-c', command], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

const NASTY = [
  '; touch /tmp/pwned',
  '$(id)',
  '`id`',
  '"; id; "',
  "'; id; '",
  "'\"'\"'",
  '\\',
  '\\"',
  'a\nb\n\nc',
  ' two  blanks ',
  '*',
  '~',
  '$HOME ${HOME}',
  '$DP_ARG_1',
  '-n',
  '&& id || id | id > x < y',
  '# comment',
  '!history',
  '😀 ü',
  '\u0001\u007f',
  'EOF',
  "$'\\n'",
  '',
];
const PLACES: readonly [string, string, (value: string) => string][] = [
  ['bare', 'printf %s ${params.x}', (value) => value],
  ['in double quotes', 'printf %s "<${params.x}>"', (value) => `<${value}>`],
  ['in single quotes', "printf %s '<${params.x}>'", (value) => `<${value}>`],
  ['in an assignment', 'y=${params.x}; printf %s "$y"', (value) => value],
  ['in a word', 'printf %s a${params.x}b', (value) => `a${value}b`],
  ['in a substitution', 'printf %s "$(printf %s. ${params.x})"', (value) => `${value}.`],
  [
    'in a substitution in quotes in a substitution',
    'printf %s "$(printf %s "$(printf %s. ${params.x})")"',
    (value) => `${value}.`,
  ],
  ['in a subshell', '(printf %s ${params.x})', (value) => value],
  ['behind a comment with a quote', "# don't\nprintf %s ${params.x}", (value) => value],
  [
    'behind quotes that were escaped',
    'printf "%s\\n" it\\\'s >/dev/null; printf %s ${params.x}',
    (value) => value,
  ],
  ['in a here-document', 'cat <<EOF\n<${params.x}>\nEOF', (value) => `<${value}>\n`],
  [
    'in a here-document without tabs',
    'cat <<-EOF\n\t<${params.x}>\n\tEOF\nprintf %s ${params.x}',
    (value) => `<${value}>\n${value}`,
  ],
  [
    'behind a here-document',
    "cat >/dev/null <<'EOF'\nit's\nEOF\nprintf %s ${params.x}",
    (value) => value,
  ],
  ['twice', 'printf %s ${params.x}${params.x}', (value) => value + value],
  [
    'beside text that looks like its reference',
    "printf %s '$DP_ARG_1'${params.x}",
    (value) => `$DP_ARG_1${value}`,
  ],
];

describe('a value in a command is one word of data', () => {
  describe.each(PLACES)('%s', (_where, template, expected) => {
    test.each(NASTY)('%j', async (value) => {
      expect(await printed(template, value)).toBe(expected(value));
    });
  });

  test('in $’…’ of bash', async () => {
    expect(await printed("printf %s $'a\\'${params.x}\\'b'", '"; id', 'bash')).toBe("a'\"; id'b");
  });

  test('in backticks', async () => {
    expect(await printed('printf %s "`printf %s. ${params.x}`"', '$(id)`;')).toBe('$(id)`;.');
  });

  test('a literal ${ is the shell’s own', async () => {
    expect(await printed('y=1; printf %s "$${y:-2}"${params.x}', 'z')).toBe('1z');
  });

  test('lists and mappings arrive as JSON', async () => {
    expect(await printed('printf %s ${params.x}', [1, { a: "it's" }])).toBe('[1,{"a":"it\'s"}]');
  });
});

describe('where a shell would evaluate what it finds', () => {
  test.each([
    'echo $((${params.x} + 1))',
    'echo $(( (${params.x}) + 1 ))',
    '(( y = ${params.x} )); echo "$((y + 1))"',
    'y=41; a=(0 0); a[0]=1; echo "$${y:0:1}" >/dev/null; z=abc; echo "$((${params.x} + 1))"',
  ])('numbers pass: %s', async (template) => {
    expect(await printed(template, 41, 'bash')).toBe('42\n');
  });

  test.each([
    'echo $((${params.x}))',
    'echo $(( (${params.x}) ))',
    '((${params.x}))',
    'y=abc; echo "$${y:${params.x}}"',
    'a=(1 2); echo "$${a[${params.x}]}"',
    'a[${params.x}]=1',
  ])('texts do not: %s', async (template) => {
    await expect(printed(template, 'a[$(echo pwned >&2)]', 'bash')).rejects.toThrow(
      'only a whole number is safe',
    );
  });
});

describe('a value is refused', () => {
  test('with a null character', async () => {
    await expect(printed('echo ${params.x}', 'a\0b')).rejects.toThrow(
      '${params.x} cannot be evaluated: a command cannot take text with a null character',
    );
  });

  test('longer than the system takes', async () => {
    expect(await printed('printf %s ${params.x} | wc -c', 'x'.repeat(131_000))).toMatch(/131000/);
    await expect(printed('echo ${params.x}', 'x'.repeat(131_072))).rejects.toThrow(
      'a command takes at most 128 KiB; write the value to a file in a task, and give its path',
    );
  });

  test('in a here-document that takes nothing in', () => {
    for (const delimiter of ["'EOF'", '"EOF"', '\\EOF'])
      expect(() => placeReferences(`cat <<${delimiter}\n\${run.id}\nEOF`)).toThrow(
        'a here-document with a quoted delimiter replaces no variables',
      );
  });
});

test('a command is the same for all values', async () => {
  const evaluate = await compileCommand("grep ${params.x} '${params.y}'");
  const { command } = evaluate({ params: { x: 'a', y: 'b' } });
  expect(command).toBe('grep "${DP_ARG_1}" \'\'"${DP_ARG_2}"\'\'');
  expect(evaluate({ params: { x: '1', y: '2' } })).toEqual({
    command,
    env: { DP_ARG_1: '1', DP_ARG_2: '2' },
  });
});

describe('a value in a word that bash evaluates although it is quoted', () => {
  const PROGRAM = 'a[$(echo pwned >&2)]';

  test.each([
    '[[ ${params.x} -eq 1 ]]',
    '[[ 1 -lt "${params.x}" ]]',
    'let n=${params.x}',
    'let "n = ${params.x}"',
    'declare -i n=${params.x}',
    'n=([${params.x}]=1)',
  ])('is refused unless it is a number: %s', async (template) => {
    const evaluate = await compileCommand(template);
    expect(evaluate({ params: { x: 7 } }).env).toEqual({ DP_ARG_1: '7' });
    expect(() => evaluate({ params: { x: PROGRAM } })).toThrow('only a whole number is safe');
  });

  test.each([
    'printf -v ${params.x} hi',
    'read -r ${params.x} <<< hi',
    'test -v ${params.x}',
    '[[ -v "${params.x}" ]]',
    'declare "${params.x}=1"',
    'declare -n other=${params.x}',
  ])('is refused unless it is a name: %s', async (template) => {
    const evaluate = await compileCommand(template);
    expect(evaluate({ params: { x: 'name_1' } }).env).toEqual({ DP_ARG_1: 'name_1' });
    expect(() => evaluate({ params: { x: PROGRAM } })).toThrow('only a name is safe');
  });

  test.each([
    '[[ ${params.x} = a && 1 -eq 1 ]] || printf %s ${params.x}',
    'declare n=${params.x}; printf %s "$n"',
    'read -p ${params.x} n <<< hi; printf %s ${params.x}',
    '[ ${params.x} -eq 1 ] || printf %s ${params.x}',
    'printf %s ${params.x}',
  ])('is data elsewhere: %s', async (template) => {
    expect(await printed(template, PROGRAM, 'bash')).toBe(PROGRAM);
  });
});

describe('a value that another shell would parse', () => {
  test.each([
    'bash -c \'echo "${params.x}"\'',
    'bash -c "echo ${params.x}"',
    'sh -c ${params.x}',
    'sh -ec "a ${params.x}"',
    'bash -o pipefail -c "a ${params.x}"',
    '/bin/sh -c "a ${params.x}"',
    'A=1 B=2 bash -c "a ${params.x}"',
    'true && if sh -c "a ${params.x}"; then :; fi',
    'sudo -u www env A=1 bash -lc "a ${params.x}"',
    'ls | xargs -I{} sh -c "a ${params.x} {}"',
    "find . -exec sh -c 'a ${params.x}' {} +",
    'y=$(bash -c "a ${params.x}")',
    'y=`bash -c "a ${params.x}"`',
    '(cd x; bash -c "a ${params.x}")',
    '"$SHELL" -c "a ${params.x}"',
    'bash -c 2>/dev/null "a ${params.x}"',
    'bash -c 2>&1 "a ${params.x}"',
    'bash \\\n  -c "a ${params.x}"',
    '# a comment\nbash -c "a ${params.x}"',
    'fish -c "a ${params.x}"',
    'su - www -c "a ${params.x}"',
    'eval "y=${params.x}"',
    'eval y=1 ${params.x}',
    'command eval ${params.x}',
    '! eval ${params.x}',
    "trap 'rm ${params.x}' EXIT",
    "trap -- 'rm ${params.x}' EXIT",
    'bash <<EOF\na ${params.x}\nEOF',
    'bash -s one > out <<EOF\na ${params.x}\nEOF',
    'sh -eu <<< "a ${params.x}"',
    'bash /dev/stdin <<< ${params.x}',
    '. /dev/stdin <<< ${params.x}',
    'source /dev/stdin <<EOF\n${params.x}\nEOF',
    'time -p eval ${params.x}',
    'command -- eval ${params.x}',
    '2>/dev/null eval ${params.x}',
    '> out eval ${params.x}',
    'bash --rcfile file -c ${params.x}',
    'bash -O extglob +O nullglob -c ${params.x}',
    'flock -w 3 lock -c "a ${params.x}"',
  ])('is refused: %s', (template) => {
    expect(() => placeReferences(template)).toThrow(
      'another shell would parse the value as a part of its program',
    );
  });

  test.each([
    'bash -c \'echo "$1"\' - ${params.x}',
    'bash -c "echo \\"\\$1\\"" - ${params.x}',
    'bash script.sh ${params.x}',
    'bash ${params.x}',
    'bash script.sh -c ${params.x}',
    'bash -c "$(cat ${params.x})"',
    'find . -exec sh -c \'a "$2"\' {} ${params.x} \\;',
    'echo bash -c "${params.x}"',
    'bash -c true; echo ${params.x}',
    'bash -c true && echo ${params.x}',
    'bash -c true\necho ${params.x}',
    'bash -c true | tee ${params.x}',
    'y=${params.x}; eval \'echo "$y"\'',
    'trap "rm -r \\"$y\\"" EXIT; y=${params.x}',
    'trap : ${params.x}',
    'git log --grep=eval ${params.x}',
    'sh -s - ${params.x} <<\'EOF\'\necho "$1"\nEOF',
    'bash script.sh <<EOF\n${params.x}\nEOF',
    'cat <<EOF\n${params.x}\nEOF',
    'grep x <<< ${params.x}',
    '# bash -c ${params.x}',
    'ssh-keygen -c ${params.x}',
    'flock -w 3 lock psql -c ${params.x}',
    '. ./settings ${params.x}',
  ])('and one that is data passes: %s', (template) => {
    expect(placeReferences(template).values).toHaveLength(1);
  });

  test('is data in the form that the refusal tells', async () => {
    const command = `bash -c 'printf %s "$1"' - \${params.x}`;
    for (const value of NASTY) expect(await printed(command, value)).toBe(value);
    const input = `sh -s - \${params.x} <<'EOF'\nprintf %s "$1"\nEOF`;
    expect(await printed(input, '$(id)')).toBe('$(id)');
    expect(await printed(`value=\${params.x}; eval 'printf %s "$value"'`, '$(id)')).toBe('$(id)');
  });
});
