import { type DoctorAnswer, examine, type DoctorFinding } from '../../app/maintenance/doctor.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import type { CommandContext } from '../console/context.ts';
import { document } from '../../views/json.ts';
import { harmless, type Terminal } from '../console/terminal.ts';
import { counted } from '../../views/amounts.ts';
import { openHome } from '../console/state.ts';
import { hintText } from '../text/hint.ts';

export interface DoctorOptions {
  readonly fix?: boolean;
}

/** Prints one line per check and two per finding. Exits with 1 when a problem remains; a note is no problem. */
export async function doctor(
  context: CommandContext,
  { fix = false }: DoctorOptions,
): Promise<ExitCode> {
  const { terminal, json } = context;
  using home = openHome(context, fix ? 'write' : 'read');
  const done: DoctorAnswer[] = [];
  for await (const checked of examine(home, { mend: fix })) {
    done.push(checked);
    if (!json) terminal.out(checkText(checked, terminal));
  }
  const problems = done.flatMap(({ findings }) => findings.filter(isWrong)).length;
  if (json) terminal.out(document({ problems, checks: done.map(checkJson) }));
  else terminal.out(problems === 0 ? 'nothing is wrong\n' : `${counted(problems, 'problem')}\n`);
  return problems === 0 ? EXIT.ok : EXIT.taskFailed;
}

const isWrong = ({ is, isMended }: DoctorFinding): boolean => is === 'problem' && isMended !== true;

/** Findings shown of one check; `--json` has all. */
const SHOWN = 20;

function checkText({ name, holds, findings }: DoctorAnswer, terminal: Terminal): string {
  const head = name.padEnd(9);
  if (findings.length === 0) return `${terminal.paint('green', 'ok     ')}  ${head}  ${holds}\n`;
  const lines = findings.slice(0, SHOWN).map((finding) => {
    const { is, message, remedy, isMended } = finding;
    const word = isMended === true ? 'fixed' : is;
    const painted = terminal.paint(isWrong(finding) ? 'red' : 'yellow', word.padEnd(7));
    const rest = isMended === true ? '' : `${' '.repeat(20)}-> ${harmless(hintText(remedy))}\n`;
    return `${painted}  ${head}  ${harmless(message)}\n${rest}`;
  });
  if (findings.length > SHOWN)
    lines.push(`${' '.repeat(20)}and ${findings.length - SHOWN} more; --json lists all\n`);
  return lines.join('');
}

function checkJson({ name, findings }: DoctorAnswer): object {
  const ok = findings.length === 0;
  const status = ok ? 'ok' : findings.some(isWrong) ? 'problem' : 'note';
  return {
    name,
    status,
    findings: findings.map(({ is, message, remedy, run, isMended = false }) => ({
      is,
      message,
      remedy: hintText(remedy),
      mended: isMended,
      ...(run === undefined ? {} : { runId: run }),
    })),
  };
}
