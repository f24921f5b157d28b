/** One sentence of a contract, for any test runner: `test(title, run)`. What does not hold throws. */
export interface ContractRow {
  readonly title: string;
  readonly run: () => Promise<void>;
}
