import { ownMember } from '../own-member.ts';
import { asItStands, type ShowGiven } from './given.ts';

/** Microsoft's own clients, whose ids are the same in every tenant. */
const knownApps: Readonly<Record<string, string>> = {
  '04b07795-8ddb-461a-bbee-02f9e1bf7b46': 'Azure CLI',
  '1950a258-227b-4e31-a9cf-717495945fc2': 'Azure PowerShell',
  'c44b4083-3bb0-49c1-b47d-974e53cbdf3c': 'Azure portal',
};

function knownApp(id: unknown): string | undefined {
  return typeof id === 'string' ? ownMember(knownApps, id) : undefined;
}

/** A person or an application by name, or else by its id in Entra. */
export function actorText(actor: unknown, given: ShowGiven = asItStands): string {
  const known = (typeof actor === 'object' && actor !== null ? actor : {}) as Readonly<
    Record<string, unknown>
  >;
  if (known.kind === 'leakstop') {
    return 'Leakstop';
  }
  const text = (key: string): string | undefined => {
    const said = ownMember(known, key);
    return typeof said === 'string' && said !== '' ? given(said) : undefined;
  };
  const name = text('name');
  const app = text('appName') ?? knownApp(known.appId) ?? text('appId');
  if (name !== undefined) {
    return app === undefined ? name : `${name} through ${app}`;
  }
  return app === undefined ? (text('objectId') ?? 'somebody') : `application ${app}`;
}

/** Several actors, without duplicates. */
export function actorTexts(actors: readonly unknown[] = []): readonly string[] {
  return [...new Set(actors.map((actor) => actorText(actor)))];
}
