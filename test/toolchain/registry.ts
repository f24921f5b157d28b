/** A package registry on this machine, for installers that must not need the network: it has what package-lock.json has. */
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const root = join(import.meta.dirname, '../..');
const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<
    Record<string, { readonly version: string; readonly integrity: string }>
  >;
};

/** Installers ask for the metadata of packages for other platforms too, and for the archives of none that are not installed here. */
export class Registry implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  static async open(): Promise<Registry> {
    const server = createServer((request, response) => {
      const path = decodeURIComponent(request.url ?? '').slice(1);
      const name = path.replace(/\.tgz$/, '');
      if (packages[`node_modules/${name}`] === undefined) response.writeHead(404).end('{}');
      else if (name !== path) response.end(archiveOf(name));
      else response.end(JSON.stringify(metadata(name, `http://${request.headers.host}/`)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Registry(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function metadata(name: string, url: string): object {
  const { integrity: _, ...locked } = packages[`node_modules/${name}`] ?? { version: '0.0.0' };
  // The lock file does not have all that a package says of itself, such as the files of its commands.
  const manifest = join(folderOf(name), 'package.json');
  const own = existsSync(manifest) ? (JSON.parse(readFileSync(manifest, 'utf8')) as object) : {};
  const integrity = `sha512-${hash('sha512', archiveOf(name), 'base64')}`;
  const dist = { tarball: `${url}${name}.tgz`, integrity };
  const versions = { [locked.version]: { ...locked, name, ...own, dist } };
  return { name, 'dist-tags': { latest: locked.version }, versions };
}

const folderOf = (name: string): string => join(root, 'node_modules', name);

const archives = new Map<string, Buffer>();

/**
 * Yarn downloads the packages for other platforms too, and installs none of them: they are empty here.
 * The headers of Node, which nothing here needs, would be a third of all that is installed.
 */
function archiveOf(name: string): Buffer {
  return archives.getOrInsertComputed(name, () => {
    const folder = folderOf(name);
    const without = ['--exclude', './include', '--exclude', './node_modules'];
    const files = existsSync(folder) ? ['-C', folder, ...without, '.'] : ['-T', '/dev/null'];
    return gzipSync(execFileSync('tar', ['-cf', '-', ...files], { maxBuffer: 2 ** 30 }), {
      level: 0,
    });
  });
}
