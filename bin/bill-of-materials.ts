/**
 * The bill of materials of an executable: names of packages and the lock file come in, a CycloneDX document goes out.
 * It has neither time nor serial number, so that the same sources give the same document.
 */

export interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/** `integrity` and `license` are missing for the project itself alone. */
interface LockedPackage {
  readonly version: string;
  readonly integrity?: string;
  readonly license?: string;
  /** The package's own name, where it is installed under another one. */
  readonly name?: string;
}

/** Returns the key in the lock file of the package that a source belongs to, less its first `node_modules/`. */
export function packageOf(source: string): string | undefined {
  return /^(?:.*:)?node_modules\/((?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1];
}

/** Throws when a package is not in the lock file. */
export function billOfMaterials(names: readonly string[], { packages }: LockFile): object {
  const own = packages[''];
  const parts = [...new Set(names)].toSorted().map((key) => {
    const locked = packages[`node_modules/${key}`];
    if (locked === undefined) throw new Error(`${key} is not in package-lock.json`);
    return componentOf(locked.name ?? key.replace(/^.*node_modules\//, ''), locked);
  });
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: { ...componentOf('dp', own ?? { version: '' }), type: 'application' },
    },
    components: parts,
  };
}

function componentOf(name: string, { version, integrity, license }: LockedPackage): object {
  const url = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  return {
    type: 'library',
    'bom-ref': url,
    name,
    version,
    ...(license === undefined ? {} : { licenses: [{ expression: license }] }),
    ...(integrity === undefined ? {} : { hashes: [hashOf(integrity)] }),
    purl: url,
  };
}

/** Converts a hash from the form of the lock file, such as `sha512-` and base64. */
function hashOf(integrity: string): object {
  const [, bits = '', base64 = ''] = /^sha(\d+)-(\S+)/.exec(integrity) ?? [];
  return { alg: `SHA-${bits}`, content: Buffer.from(base64, 'base64').toString('hex') };
}
