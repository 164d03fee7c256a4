/**
 * What the test models are told, and what they tell: two files in the folder named by HYDRA_TEST_MODELS, so
 * that tests in the extension host and in the browser steer them the same way.
 */
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * `answer`: a greeting in three parts; `slow`: the same, with a second between the parts; `tool`: calls the
 * first tool once, then answers; `fail`, `quota`, `refuse`, `block`, `lose`: an error before the first part;
 * `break`: an error after the first part; `hang`: nothing until it is cancelled.
 */
export type Behaviour =
  "answer" | "slow" | "tool" | "fail" | "quota" | "refuse" | "block" | "lose" | "break" | "hang";

export interface TestModel {
  readonly id: string;
  readonly name: string;
  readonly behaviour: Behaviour;
  readonly maxInputTokens: number;
  readonly vision: boolean;
  /** Another vendor's: the one that has an Auto of its own. */
  readonly vendor?: "other-auto";
}

/** One request, as the model saw it. */
export interface SeenRequest {
  readonly model: string;
  readonly at: number;
  /** Role numbers of the messages. */
  readonly roles: readonly number[];
  /** The messages' text parts, one string per message. */
  readonly texts: readonly string[];
  /** The kinds of parts that are no text, over all messages. */
  readonly parts: readonly string[];
  readonly tools: number;
  readonly initiator: string | undefined;
  /** The reasoning effort that is asked for, as the editor's picker sets it and in the options. */
  readonly efforts: readonly unknown[];
  readonly cancelled?: true;
}

export const THREE: readonly TestModel[] = [
  { id: "cheap", name: "Cheap", behaviour: "answer", maxInputTokens: 120_000, vision: false },
  { id: "mid", name: "Mid", behaviour: "answer", maxInputTokens: 120_000, vision: false },
  { id: "strong", name: "Strong", behaviour: "answer", maxInputTokens: 120_000, vision: false },
];

export class Script {
  readonly models: string;
  private readonly requests: string;

  constructor(readonly folder: string) {
    this.models = join(folder, "models.json");
    this.requests = join(folder, "requests.jsonl");
  }

  read(): readonly TestModel[] {
    if (!existsSync(this.models)) return [];
    return JSON.parse(readFileSync(this.models, "utf8")) as TestModel[];
  }

  write(models: readonly TestModel[]): void {
    // Whole or not at all: the extension reads it whenever it changes.
    writeFileSync(`${this.models}.new`, JSON.stringify(models));
    renameSync(`${this.models}.new`, this.models);
  }

  note(request: SeenRequest): void {
    appendFileSync(this.requests, `${JSON.stringify(request)}\n`);
  }

  seen(): SeenRequest[] {
    if (!existsSync(this.requests)) return [];
    const lines = readFileSync(this.requests, "utf8").split("\n").filter(Boolean);
    return lines.map((line) => JSON.parse(line) as SeenRequest);
  }

  forget(): void {
    writeFileSync(this.requests, "");
  }
}
