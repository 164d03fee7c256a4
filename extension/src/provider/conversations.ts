/** What the client knows of its conversations: what ran in them, and how their last turn ended. */
import type { RanModel } from "../contracts";
import { digest, type ReadRequest } from "../request/read";
import type { Event } from "../wire/protocol";

const MOST = 50;

export type Ending = "done" | "cancelled" | "failed";

interface Remembered {
  readonly prompt: string;
  readonly turn: number;
  readonly compacted: boolean;
  /** The key of the turn's decision record. */
  readonly key: string;
  /** The model that answered last. */
  readonly ran: RanModel | null;
  /** The model that was asked last, where it did not answer. */
  readonly failed: RanModel | null;
  readonly ending: Ending | null;
}

/** A request in its conversation. */
export interface Turn {
  readonly key: string;
  /** The same turn was asked before: a tool's result goes back, or the user asks again. */
  readonly known: boolean;
  readonly event: Event | null;
  readonly previous: RanModel | null;
}

/** At most 50 conversations, the least recently used out. */
export class Conversations {
  private readonly memory = new Map<string, Remembered>();
  private count = 0;

  /** Takes note of a request and says what it is in its conversation. Utility requests leave no trace. */
  enter(request: ReadRequest): Turn {
    if (request.utility) return { key: "", known: false, event: "utility", previous: null };
    const before = this.memory.get(request.conversationId);
    const prompt = digest(request.prompt);
    const same = before?.prompt === prompt && before.turn === request.turn;
    const key = same && request.toolLoop ? before.key : `decision-${++this.count}`;
    this.keep(request.conversationId, {
      prompt,
      turn: request.turn,
      compacted: request.compacted,
      key,
      ran: before?.ran ?? null,
      failed: before?.failed ?? null,
      ending: null,
    });
    const event = eventOf(before, request, same);
    const previous = event === "retry" ? before?.failed : before?.ran;
    return { key, known: key === before?.key, event, previous: previous ?? null };
  }

  answered(request: ReadRequest, ran: RanModel, ending: Ending): void {
    this.change(request, { ran, failed: ending === "failed" ? ran : null, ending });
  }

  unanswered(request: ReadRequest, failed: RanModel | null, ending: Ending): void {
    this.change(request, { failed, ending });
  }

  private change(request: ReadRequest, news: Partial<Remembered>): void {
    const old = this.memory.get(request.conversationId);
    if (old !== undefined && !request.utility) this.keep(request.conversationId, { ...old, ...news });
  }

  private keep(id: string, state: Remembered): void {
    this.memory.delete(id);
    this.memory.set(id, state);
    for (const oldest of this.memory.keys()) {
      if (this.memory.size <= MOST) break;
      this.memory.delete(oldest);
    }
  }
}

function eventOf(before: Remembered | undefined, request: ReadRequest, same: boolean): Event | null {
  if (before === undefined || request.toolLoop) return null;
  if (same && before.ending === "failed" && before.failed !== null) return "retry";
  if (same && before.ending !== null) return "regenerate";
  return request.compacted && !before.compacted ? "compaction" : null;
}
