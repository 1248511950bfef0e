import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../remediators/index.ts';

const ids = catalogue.map(({ meta }) => meta.id);
const folder = (path: string) => new URL(`../../${path}/`, import.meta.url);

/** Names of the files in a folder that end so, without the ending. */
function filesIn(path: string, ending: string): string[] {
  return readdirSync(folder(path), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map(({ name }) => name.slice(0, -ending.length));
}

function camelCase(id: string): string {
  return id.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

describe('the catalogue', () => {
  it('is in alphabetical order, without duplicates', () => {
    expect(ids).toEqual([...new Set(ids)].sort());
  });

  it('lists every file in remediators/', () => {
    expect(filesIn('remediators', '.ts').filter((name) => name !== 'index')).toEqual(ids);
  });

  it('has a test table for every remediator, and no other', () => {
    expect(filesIn('test/remediators', '.test.ts')).toEqual(ids);
  });
});

describe.each(catalogue.map(({ meta }) => meta))('$id', (meta) => {
  it('is exported from its own file under its own name', async () => {
    const file = new URL(`${meta.id}.ts`, folder('remediators')).href;
    const module = (await import(file)) as Record<string, unknown>;
    expect(Object.keys(module)).toEqual([camelCase(meta.id)]);
    expect(catalogue).toContain(module[camelCase(meta.id)]);
  });

  it('has an id that starts with the resource and names the state', () => {
    expect(meta.id).toMatch(new RegExp(`^${meta.part}(-[a-z0-9]+)+$`));
    expect(meta.id).not.toMatch(/\b(enable|disable|without|no|fix|ensure)\b/);
  });

  it('has a title that states what is enforced, beginning with the resource', () => {
    expect(meta.title.toLowerCase().startsWith(meta.part.replaceAll('-', ' '))).toBe(true);
    expect(meta.title).not.toMatch(
      /\b(ensures?|should|must|checks?|verif\w+|enabl\w+|disabl\w+)\b|properly|\.$/i,
    );
    expect(meta.title.length).toBeLessThan(100);
  });

  it('says why it matters and what may stop working in whole sentences', () => {
    expect(meta.rationale).toMatch(/^[A-Z].{30,}\.$/);
    expect(meta.impact).toMatch(/^[A-Z].{30,}\.$/);
  });

  it('asks for exact actions: reads to observe, writes of what it writes to change', () => {
    const { observe, remediate } = meta.permissions;
    expect(observe.length).toBeGreaterThan(0);
    for (const action of observe) {
      expect(action).toMatch(/^Microsoft\.Storage\/[A-Za-z/]+\/read$/);
    }
    for (const action of remediate) {
      expect(action).toMatch(/^Microsoft\.Storage\/[A-Za-z/]+\/write$/);
    }
    expect(remediate.length > 0).toBe(meta.writes.length > 0);
  });

  it('is never automatic, nor called reversible, where it cannot be taken back', () => {
    expect(meta.reversible).toBe(meta.writes.length > 0);
    expect(!meta.reversible && meta.defaultMode === 'auto').toBe(false);
  });

  it('gives references that can be followed', () => {
    const { policy, mcsb, cis, docs } = meta.references;
    expect(docs.length).toBeGreaterThan(0);
    for (const url of docs) {
      expect(url).toMatch(/^https:\/\/learn\.microsoft\.com\/azure\/[a-z0-9/-]+$/);
    }
    expect(policy ?? '00000000-0000-0000-0000-000000000000').toMatch(
      /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    );
    expect(mcsb ?? 'NS-1').toMatch(/^[A-Z]{2}-\d+( \(v2 preview\))?$/);
    expect(cis ?? 'v1.0.0 1.1').toMatch(/^v\d+\.\d+\.\d+ \d+(\.\d+)+$/);
  });
});
