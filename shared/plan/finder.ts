import { isDeepStrictEqual } from 'node:util';
import type { Observer } from '../azure/observers/observer.ts';
import type { ArmResource, Finding, Observation, Remediator } from '../engine/remediator.ts';
import { RemediationError } from '../errors.ts';
import { parseResourceId, type ResourceId } from '../resource-id.ts';
import { redact } from '../telemetry/secrets.ts';
import { at, type Body } from './body.ts';
import type { Found } from './found.ts';

/** What has to be known of an observer to judge bodies that somebody else has read. */
export type RootShape = Pick<Observer, 'parts' | 'rootOf'>;

export interface FinderOptions {
  readonly remediators: readonly Remediator[];
  readonly roots: readonly RootShape[];
  /** Whether a drift in such a body counts as witnessed. */
  readonly isWitnessed: (body: Body) => boolean;
}

/** What was looked at. */
export interface Seen {
  /** Resources that a control judges. */
  readonly judged: number;
  /** Resources of types that no control judges. */
  readonly others: number;
  /** Resources of a deployment that does not say where it goes. */
  readonly unplaced: number;
}

interface Waiting {
  readonly body: Body;
  readonly root: string;
  readonly remediators: readonly Remediator[];
}

/**
 * Judges bodies as they arrive, in whatever order. A child that cannot be judged without its root waits for it. Keeps
 * in memory the roots, what waits, and what was found.
 */
export class Finder {
  readonly #options: FinderOptions;
  readonly #found: Found[] = [];
  readonly #roots = new Map<string, Body>();
  readonly #children = new Map<string, Body>();
  readonly #waiting: Waiting[] = [];
  #others = 0;
  #unplaced = 0;

  constructor(options: FinderOptions) {
    this.#options = options;
  }

  /** @throws RemediationError `malformed-input` when a resource is given twice, and differently */
  add(body: Body): void {
    // What belongs to the tenant or a management group is judged by no control.
    const id = body.resource.id.startsWith('/subscriptions/') ? parseResourceId(body.resource.id) : undefined;
    const root = id && this.#rootOf(id);
    const remediators = id === undefined ? [] : this.#remediatorsFor(id);
    if (id === undefined || root === undefined || remediators.length === 0) {
      this.#others += 1;
      return;
    }
    const known = root.key === id.key ? this.#roots : this.#children;
    const before = known.get(id.key);
    if (before !== undefined) {
      refuseAnother(before, body);
      return;
    }
    known.set(id.key, body);
    this.#unplaced += body.isUnplaced ? 1 : 0;
    const isRoot = root.key === id.key;
    const late = remediators.filter((each) => !this.#judge(each, body, isRoot ? body.resource : undefined));
    if (late.length > 0) {
      this.#waiting.push({ body, root: root.key, remediators: late });
    }
  }

  /** Takes what was found elsewhere. */
  addFound(found: Found): void {
    this.#found.push(found);
  }

  /** Everything that was found, once all bodies are there. */
  finish(): { readonly found: readonly Found[]; readonly seen: Seen } {
    for (const { body, root, remediators } of this.#waiting.splice(0)) {
      const owner = this.#roots.get(root)?.resource;
      for (const remediator of remediators) {
        if (owner === undefined || !this.#judge(remediator, body, owner)) {
          const what = parseResourceId(root).name;
          this.#unknown(body, remediator, `"${what}", to which it belongs, was not given`);
        }
      }
    }
    return {
      found: this.#found,
      seen: {
        judged: this.#roots.size + this.#children.size,
        others: this.#others,
        unplaced: this.#unplaced,
      },
    };
  }

  /** False when the root is needed for it. */
  #judge(remediator: Remediator, body: Body, root: ArmResource | undefined): boolean {
    const { resource, isComplete } = body;
    const observation: Observation = { resource, root, isComplete };
    let finding: Finding;
    try {
      finding = remediator.detect(observation);
    } catch (error) {
      this.#unknown(body, remediator, unreadable(error));
      return true;
    }
    switch (finding.kind) {
      case 'needs-root':
        return false;
      case 'unknown':
        this.#unknown(body, remediator, `${finding.path} is not known${whyNot(body)}`);
        return true;
      case 'drifted':
        this.#found.push({
          kind: 'drifted',
          resource: resource.id,
          remediator,
          observation,
          drift: finding,
          severity: finding.severity ?? remediator.meta.severity,
          witnessed: this.#options.isWitnessed(body),
          place: body.place,
        });
        return true;
      case 'in-sync':
      case 'not-applicable':
        return true;
    }
  }

  #unknown(body: Body, { meta }: Remediator, why: string): void {
    this.#found.push({
      kind: 'unknown',
      resource: body.resource.id,
      control: meta.id,
      why,
      place: body.place,
    });
  }

  #rootOf(id: ResourceId): ResourceId | undefined {
    for (const { rootOf } of this.#options.roots) {
      const root = rootOf(id);
      if (root !== undefined) {
        return root;
      }
    }
    return undefined;
  }

  #remediatorsFor(id: ResourceId): readonly Remediator[] {
    const type = id.type.toLowerCase();
    const parts = this.#options.roots.map(({ parts: known }) => known.get(type));
    return this.#options.remediators.filter(({ meta }) => parts.includes(meta.part));
  }
}

function whyNot({ source, resource }: Body): string {
  switch (source) {
    case 'predicted':
      return ' before it is deployed';
    case 'resource-graph':
      return ': Resource Graph may leave it out';
    case 'resource-manager':
      return Object.keys(resource.properties as object).length === 0
        ? ': the body has no properties (the generic list of resources gives none)'
        : ': this answer leaves it out; read the resource with a newer api-version';
  }
}

function refuseAnother(before: Body, body: Body): void {
  if (!isDeepStrictEqual(before.resource, body.resource)) {
    throw new RemediationError(
      'malformed-input',
      `Cannot judge "${body.resource.id}": ${at(body.place)}: it stands otherwise in ${at(before.place)}; expected it once`,
    );
  }
}

function unreadable(error: unknown): string {
  const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'it cannot be judged';
  return redact(message);
}
