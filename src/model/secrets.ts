/** Decides which of the declared variables are secrets, and which parts of other values are secret. */

/** Returns true for the name of a plain variable that suggests a secret; the variable is treated as one. */
export const looksSecret = (name: string): boolean =>
  /(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|CREDENTIALS?|DSN|PAT|(?:API|ACCESS|PRIVATE|SECRET|SIGNING|ENCRYPTION|ACCOUNT|SSH|DEPLOY)_?KEY)$/i.test(
    name,
  );

/** Tokens and keys that are recognizable by their first characters. */
const KNOWN_TOKEN =
  /^\s*(?:gh[oprsu]_|github_pat_|glpat-|sk-|xox[abeprs]-|AKIA|AIza|eyJ[\w-]+\.eyJ|-----BEGIN [A-Z ]*PRIVATE KEY)/;

/** Returns the values to redact: all of `secrets`, and of the other variables only recognizable secrets. */
export function secretValues(
  secrets: readonly string[],
  declaredEnv: Readonly<Record<string, string>>,
): readonly string[] {
  const names = new Set(secrets);
  return Object.entries(declaredEnv).flatMap(([name, value]) =>
    names.has(name) || KNOWN_TOKEN.test(value) ? [value] : urlPasswords(value),
  );
}

/** Returns the password inside a URL, as it is written there and as a program sends it; none for other texts. */
export function urlPasswords(text: string): readonly string[] {
  const url = /^\s*[a-z][a-z0-9+.-]*:\/\/[^\s/?#]*?:(?<password>[^\s/?#]+)@/i.exec(text);
  const password = url?.groups?.['password'];
  if (password === undefined) return [];
  try {
    return [password, decodeURIComponent(password)];
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return [password];
  }
}
