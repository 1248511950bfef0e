import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeCheckpoint } from '../../shared/ledger/checkpoints/write-checkpoint.ts';
import { openLedger } from '../../shared/ledger/open-ledger.ts';
import { type ApiWorld, openApiWorld, subscription } from '../support/api-world.ts';
import { type Ended, newFolder, run } from './run.ts';
import { openApiAs, placeOf } from './service.ts';

const bodies = { putBody: () => Promise.resolve(), getBody: () => Promise.resolve(undefined) };

let world: ApiWorld;
let folder: string;
beforeEach(async () => {
  world = await openApiWorld();
  folder = join(newFolder(), 'evidence');
});
afterEach(() => world.close());

async function checkpoint(): Promise<void> {
  const { memory, clock, key, files } = world;
  const table = memory.client();
  const payload = { text: 'something' };
  const entries = [{ kind: 'signal-received', body: { payload } }] as never;
  await openLedger({ table, bodies, clock }).append({ chain: 'service', entries, cases: [] });
  clock.advance(1_000);
  await writeCheckpoint({ table, bodies, clock, key, files: files.client() });
}

const fetchTo = (path: string, line: string[] = [], ...roles: string[]): Promise<Ended> =>
  run(['ledger', 'fetch', path, ...line, ...placeOf(world)], {
    openApi: openApiAs(world, ...(roles.length === 0 ? ['Auditor'] : roles)),
  });
/** What the printed line comes to, as somebody pastes it. */
const pasted = ({ out }: Ended): Promise<Ended> => run(out.trim().split(' ').slice(1));

describe('fetching the evidence', () => {
  it('leaves a folder that the printed line verifies, and what the container holds to the byte', async () => {
    await checkpoint();
    await checkpoint();
    const fetched = await fetchTo(folder);
    expect([fetched.code, fetched.told]).toEqual([
      0,
      expect.stringMatching(/Fetched 10 entries, 2 checkpoints, 3 segments and 1 public key,/),
    ]);
    const verified = await pasted(fetched);
    expect([verified.code, verified.out]).toEqual([0, expect.stringMatching(/^VOUCHED/)]);
    for (const [name, text] of world.files.texts) {
      expect(readFileSync(join(folder, name), 'utf8')).toBe(text);
    }
    expect(
      readFileSync(join(folder, 'public-keys', readdirSync(join(folder, 'public-keys'))[0]!), 'utf8'),
    ).toBe(world.key.material.export({ type: 'spki', format: 'pem' }));
    expect(existsSync(`${folder}.part`)).toBe(false);
  });

  it('brings what was tampered with as it is, says so, and the verifier finds it', async () => {
    await checkpoint();
    const [segment] = world.files.names('segments/');
    world.files.texts.set(segment!, world.files.texts.get(segment!)!.replace('case-opened', 'case-0pened'));
    const fetched = await fetchTo(folder);
    expect([fetched.code, fetched.told]).toEqual([
      1,
      expect.stringContaining('is not what its checkpoint says'),
    ]);
    expect((await pasted(fetched)).code).toBe(1);
  });

  it('says what is missing', async () => {
    await checkpoint();
    const [segment] = world.files.names('segments/');
    world.files.texts.delete(segment!);
    expect((await fetchTo(folder)).told).toContain(`"${segment}", which a checkpoint names, is not there`);
  });

  it('finds the checkpoints behind a gap', async () => {
    await checkpoint();
    await checkpoint();
    await checkpoint();
    world.files.texts.delete('checkpoints/0000000002.json');
    const { told } = await fetchTo(folder);
    expect(told).toContain('2 checkpoints');
    expect(readdirSync(join(folder, 'checkpoints'))).toEqual(['0000000001.json', '0000000003.json']);
  });

  it('without a checkpoint says that nothing vouches', async () => {
    const fetched = await fetchTo(folder);
    expect([fetched.code, fetched.told]).toEqual([0, expect.stringContaining('nothing vouches')]);
    expect((await pasted(fetched)).code).toBe(4);
  });

  it('that breaks off has no folder of that name, and goes on where it was', async () => {
    await checkpoint();
    const api = openApiAs(world, 'Auditor');
    let asked: string[] = [];
    const breaking = (isBroken: boolean) =>
      run(['ledger', 'fetch', folder, ...placeOf(world)], {
        openApi: async (place, signal) => {
          const client = await api(place, signal);
          return {
            ...client,
            text: (what, path) => {
              asked.push(path);
              return client.text(what, path);
            },
            page: (what, path) =>
              isBroken ? Promise.reject(new Error('the cable is out')) : client.page(what, path),
          };
        },
      });
    const broken = await breaking(true);
    expect([broken.code, broken.told]).toEqual([3, expect.stringContaining('NOT complete')]);
    expect(existsSync(folder)).toBe(false);
    expect(asked.length).toBe(2);
    asked = [];
    const whole = await breaking(false);
    expect([whole.code, asked]).toEqual([0, []]);
    expect((await pasted(whole)).code).toBe(0);
  });

  describe('with something in the place where it would go on', () => {
    const part = (...names: string[]) => join(`${folder}.part`, ...names);
    const elsewhere = () => {
      const file = join(newFolder(), 'theirs');
      writeFileSync(file, 'theirs');
      return file;
    };

    it.each<[string, (file: string) => void]>([
      ['a link in the place of the folder', (file) => symlinkSync(dirname(file), part())],
      ['a link to nowhere', () => symlinkSync('/nowhere', part())],
      ['a link in the place of a folder in it', (file) => symlinkSync(dirname(file), part('checkpoints'))],
      ['a link in the place of the ledger', (file) => symlinkSync(file, part('ledger.ndjson'))],
      ['a second name of another file', (file) => linkSync(file, part('ledger.ndjson'))],
      [
        'a link where a checkpoint is written',
        (file) => {
          mkdirSync(part('checkpoints'));
          symlinkSync(file, part('checkpoints', '0000000001.json.new'));
        },
      ],
    ])('(%s) writes nothing, and says what to do', async (what, plant) => {
      await checkpoint();
      const file = elsewhere();
      if (!/place of the folder|nowhere/.test(what)) {
        mkdirSync(part());
      }
      plant(file);
      const { code, told } = await fetchTo(folder);
      expect([code, told]).toEqual([
        3,
        expect.stringMatching(/evidence\.part" .*remove it, or name another/),
      ]);
      expect(readFileSync(file, 'utf8')).toBe('theirs');
      expect(readdirSync(dirname(file))).toEqual(['theirs']);
      expect(existsSync(folder)).toBe(false);
    });

    it('touches nothing that is no part of a fetch', async () => {
      mkdirSync(part());
      writeFileSync(part('mine.txt'), 'mine');
      expect((await fetchTo(folder)).told).toContain('no part of a fetch: "mine.txt"');
      expect(readFileSync(part('mine.txt'), 'utf8')).toBe('mine');
    });

    it('leaves in the folder only what the service gave', async () => {
      await checkpoint();
      const theirs = `${'0'.repeat(32)}.pem`;
      mkdirSync(part('public-keys'), { recursive: true });
      mkdirSync(part('checkpoints'));
      writeFileSync(part('public-keys', theirs), 'a key');
      writeFileSync(part('checkpoints', '0000000009.json'), '{}');
      writeFileSync(part('checkpoints', '0000000001.json.new'), 'half of');
      const fetched = await fetchTo(folder);
      expect([fetched.code, fetched.told]).toEqual([0, expect.stringContaining('Fetched')]);
      expect(readdirSync(join(folder, 'checkpoints'))).toEqual(['0000000001.json']);
      expect(readdirSync(join(folder, 'public-keys'))).toHaveLength(1);
      expect(readdirSync(join(folder, 'public-keys'))).not.toContain(theirs);
      expect((await pasted(fetched)).code).toBe(0);
    });
  });

  it('keeps its hands off what is there', async () => {
    mkdirSync(folder);
    writeFileSync(join(folder, 'mine.txt'), 'mine');
    const { code, told } = await fetchTo(folder);
    expect([code, told]).toEqual([3, expect.stringContaining('holds something already')]);
    rmSync(join(folder, 'mine.txt'));
    expect((await fetchTo(`${folder}/`)).code).toBe(0);
    const file = join(newFolder(), 'file');
    writeFileSync(file, 'mine');
    expect((await fetchTo(file)).told).toContain('it is a file');
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  it('writes no file where a checkpoint says that one lies', async () => {
    await checkpoint();
    const name = 'checkpoints/0000000001.json';
    const text = world.files.texts.get(name)!;
    world.files.texts.set(name, text.replaceAll(`segments/${subscription}/`, '../../../outside/'));
    await fetchTo(folder);
    expect(existsSync(join(folder, '..', '..', '..', 'outside'))).toBe(false);
    expect(readdirSync(folder).sort()).toEqual(['checkpoints', 'ledger.ndjson', 'public-keys', 'segments']);
  });

  it.each(['Approver', 'RiskOwner', 'Operator'])('is not for %s', async (role) => {
    const { code, told } = await fetchTo(folder, [], role);
    expect([code, told]).toEqual([3, expect.stringContaining('expected the role Leakstop.Auditor')]);
    expect([existsSync(folder), existsSync(`${folder}.part`)]).toEqual([false, false]);
    const download = await run(['ledger', 'download', ...placeOf(world)], {
      openApi: openApiAs(world, role),
    });
    expect([download.code, download.out]).toEqual([3, '']);
  });
});
