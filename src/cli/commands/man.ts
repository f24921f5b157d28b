import type { Command } from 'commander';
import { EXIT } from '../console/exit-codes.ts';
import type { CommandWork } from '../console/context.ts';
import { manPage } from '../manual/man-page.ts';

/** Returns the work of `dp man`, a command among those that the page describes. */
export const printManual =
  (man: Command): CommandWork =>
  ({ terminal }) => {
    terminal.out(manPage(man.parent ?? man));
    return Promise.resolve(EXIT.ok);
  };
