import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** The names of the packages whose code is in a bundle. */
export function packagesIn({ inputs }: Metafile): ReadonlySet<string> {
  const names = Object.keys(inputs).map((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
  return new Set(names.filter((name) => name !== undefined));
}

/** A package whose code is in the bundle. */
interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  /** The text of its licence; empty when it comes with none. */
  readonly text: string;
}

/** Reads what each package says about itself, in the order of their names. */
export async function bundledPackages(
  names: readonly string[],
  repository: string,
): Promise<readonly BundledPackage[]> {
  return await Promise.all(
    names.toSorted().map(async (name) => await packageIn(join(repository, 'node_modules', name))),
  );
}

async function packageIn(folder: string): Promise<BundledPackage> {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as BundledPackage;
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? '' : (await readFile(join(folder, file), 'utf8')).trim();
  return { ...manifest, text };
}

/** The name, version and licence of each package, with the text of its licence, for whoever gets a copy of its code. */
export function thirdPartyNotices(packages: readonly BundledPackage[]): string {
  const notices = packages.map(
    ({ name, version, license, text }) =>
      `${'-'.repeat(78)}\n${name} ${version} (${license ?? 'see its licence'})\n\n${text}\n`,
  );
  return `ctxd contains code of these packages.\n\n${notices.join('\n')}`;
}

/**
 * The bill of materials: the packages in the bundle, which npm does not see.
 *
 * @see https://cyclonedx.org/docs/1.6/json/
 */
export function billOfMaterials(packages: readonly BundledPackage[], version: string): string {
  const component = (name: string, itsVersion: string, license?: string) => ({
    type: 'library',
    name,
    version: itsVersion,
    purl: `pkg:npm/${name.replace('@', '%40')}@${itsVersion}`,
    ...(license && { licenses: [{ expression: license }] }),
  });
  const bill = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { ...component('ctxd', version), type: 'application' } },
    components: packages.map((one) => component(one.name, one.version, one.license)),
  };
  return `${JSON.stringify(bill, null, 2)}\n`;
}
