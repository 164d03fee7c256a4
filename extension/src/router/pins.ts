/** The pins of this window's conversations: a server that ends forgets them, and the next one is told anew. */
import type { Disposable } from "vscode";
import type { ServerController } from "../contracts";
import { PIN, type PinParams, type PinResult } from "../wire/protocol";

const MOST = 50;

export class Pins implements Disposable {
  private readonly kept = new Map<string, PinParams>();
  private readonly listener: Disposable;

  constructor(private readonly server: ServerController) {
    this.listener = server.onDidChangeState(({ phase }) => {
      if (phase === "running") this.tellAll();
    });
  }

  /** Sets a pin, or (null) takes it out; the server's reply. A pin that it did not take is not kept. */
  async set(pin: PinParams): Promise<string | null> {
    const { pinned } = await this.server.request<PinResult>(PIN, pin);
    this.kept.delete(pin.conversationId);
    if (pinned !== null) this.kept.set(pin.conversationId, pin);
    const [oldest] = this.kept.keys();
    if (this.kept.size > MOST && oldest !== undefined) this.kept.delete(oldest);
    return pinned;
  }

  dispose(): void {
    this.listener.dispose();
  }

  private tellAll(): void {
    // A server that ends meanwhile is followed by another, which is told again.
    for (const pin of this.kept.values()) void this.server.request(PIN, pin).catch(() => undefined);
  }
}
