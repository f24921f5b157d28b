/** The address of the broker in `dp.yaml` comes in; a fault with its place goes out when it is malformed. Nothing is connected to. */
import type { Located } from '../../model/diagnostic.ts';
import { Fault } from '../../model/fault.ts';

/** Throws DP6120 with the place of an address that is malformed. The line itself is shown only when it holds no password. */
export async function checkBroker({ value, at }: Located<string>): Promise<void> {
  try {
    const { checkAddress } = await import('../../events/open.ts');
    await checkAddress(value);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const { code, message } = error;
    const hint = error.diagnostics[0]?.hint;
    const where = value.includes('@') ? `, in ${at.file}:${at.line}:${at.column}` : '';
    throw Fault.of([
      {
        code,
        severity: 'error',
        message: `${message}${where}`,
        ...(hint === undefined ? {} : { hint }),
        ...(where === '' ? { at } : {}),
      },
    ]);
  }
}
