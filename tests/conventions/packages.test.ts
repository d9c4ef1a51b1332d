import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesBelow, root, textOf } from './source-files.ts';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly type?: string;
  readonly exports?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const manifests = filesBelow('')
  .filter((path) => /^(packages|apps|examples)\/[^/]+\/package\.json$/.test(path))
  .map((path) => ({
    folder: path.replace('/package.json', ''),
    manifest: JSON.parse(textOf(path)) as Manifest,
  }));

describe.each(manifests)('$manifest.name', ({ folder, manifest }) => {
  it('is an ES module of the shared version', () => {
    expect(manifest.type).toBe('module');
    expect(manifest.version).toBe('0.1.0');
  });

  it('exports only what is there, from the source and from the build alike', () => {
    const entries = Object.entries(manifest.exports ?? {});
    for (const [, conditions] of entries) {
      const source = conditions['@seaworthy/source'] ?? '';
      const built = source.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, '');
      expect(existsSync(join(root, folder, source)), `${folder}/${source}`).toBe(true);
      expect(conditions).toEqual({
        '@seaworthy/source': source,
        types: `${built}.d.ts`,
        default: `${built}.js`,
      });
      // The first condition that fits is taken, so the order is part of the meaning.
      expect(Object.keys(conditions)).toEqual(['@seaworthy/source', 'types', 'default']);
    }
  });

  it('has a source for each of its programs', () => {
    for (const path of Object.values(manifest.bin ?? {})) {
      const source = path.replace('./dist/', './src/').replace(/\.js$/, '.ts');
      expect(existsSync(join(root, folder, source)), source).toBe(true);
    }
  });

  it('names every dependency by one exact version', () => {
    for (const [name, version] of Object.entries(manifest.dependencies ?? {})) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
    }
  });
});

describe('@seaworthy/protect', () => {
  it('has no dependency', () => {
    const protect = manifests.find(({ manifest }) => manifest.name === '@seaworthy/protect');
    expect(protect?.manifest.dependencies ?? {}).toEqual({});
  });
});

describe('package-lock.json', () => {
  it('has every package of other platforms, without which npm ci refuses it; npm run lock adds them', () => {
    const { packages } = JSON.parse(textOf('package-lock.json')) as {
      readonly packages: Readonly<
        Record<string, { optionalDependencies?: Readonly<Record<string, string>> }>
      >;
    };
    const paths = Object.keys(packages);
    const missing = Object.values(packages)
      .flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}))
      .filter((name) => !paths.some((path) => path.endsWith(`node_modules/${name}`)));
    expect(missing).toEqual([]);
  });
});
