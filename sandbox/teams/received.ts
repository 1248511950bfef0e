/** A message that the webhook took. */
export interface ReceivedMessage {
  readonly at: Date;
  readonly message: unknown;
  /** The posts of the flow in the channel; empty where the flow failed. */
  readonly cards: readonly object[];
  /** Why the flow failed, which whoever called the webhook never hears. */
  readonly fault?: string | undefined;
  readonly bytes: number;
}

/** A call of the second channel, as it came. */
export interface ReceivedEscalation {
  readonly at: Date;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body as JSON; undefined where it is none. */
  readonly body: unknown;
}
