import type { Json } from './json.ts';
import type { Step } from './step.ts';

/** The ordered steps that remove a drift. */
export interface Change {
  readonly steps: readonly Step[];
  /** The uses that may stop working, in one sentence for the person who decides. */
  readonly impact: string;
  /** Says if the steps can be taken back exactly, only to a default, or not at all. */
  readonly undo:
    | { readonly kind: 'exact'; readonly note?: string }
    | {
        readonly kind: 'default';
        readonly note: string;
        /**
         * The values that undo writes where `before` was absent, by property path. A stored change is never planned
         * again.
         */
        readonly values?: Readonly<Record<string, Json>>;
      }
    | { readonly kind: 'none'; readonly note: string };
}

/** The answer of `plan`: a change, or why none is offered and what a person can do instead. */
export type Plan =
  | { readonly kind: 'change'; readonly change: Change }
  | { readonly kind: 'not-offered'; readonly reason: string; readonly guidance: string };
