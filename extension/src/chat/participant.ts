/** `@auto`: answers as Auto does, and tells why, from what, and at which tier. */
import * as vscode from "vscode";
import type { DecisionStore, ReadSettings } from "../contracts";
import { footer, tierWords } from "../decisions/words";
import type { AskPool } from "../pool/verdicts";
import type { Answering } from "../provider/answering";
import { CATALOG, setTier, TIERS } from "../status/menu";
import { conversation } from "./messages";
import { explanation, poolTable, tierList } from "./pages";

export const PARTICIPANT = "hydra-auto.auto";

export interface ParticipantParts {
  readonly answering: Answering;
  readonly decisions: DecisionStore;
  readonly settings: ReadSettings;
  readonly askPool: AskPool;
}

/** `details` is shown in the response's footer; it is not in the typings yet. */
type Result = vscode.ChatResult & { readonly details?: string };

export function registerParticipant(parts: ParticipantParts, icon: vscode.Uri): vscode.Disposable {
  const participant = vscode.chat.createChatParticipant(
    PARTICIPANT,
    (request, context, stream, token): Promise<Result> => {
      if (request.command === "explain") return Promise.resolve(explain(parts, stream));
      if (request.command === "models") return models(parts, stream);
      if (request.command === "tier") return tier(parts, request.prompt, stream);
      return answer(parts, request, context, stream, token);
    },
  );
  participant.iconPath = icon;
  return participant;
}

function explain({ decisions }: ParticipantParts, stream: vscode.ChatResponseStream): Result {
  const record = decisions.last;
  if (record === undefined) {
    stream.markdown(
      "Nothing has been routed in this window yet. Pick **Auto** in the model picker and send a message.",
    );
    return {};
  }
  stream.markdown(explanation(record));
  stream.button({ command: "hydraAuto.explain", title: "Open Explanation", arguments: [record.key] });
  return { details: footer(record) };
}

async function models({ askPool }: ParticipantParts, stream: vscode.ChatResponseStream): Promise<Result> {
  try {
    stream.markdown(poolTable(await askPool()));
    stream.button({ command: "hydraAuto.excludeModel", title: "Exclude a Model" });
    return {};
  } catch (error) {
    return { errorDetails: { message: error instanceof Error ? error.message : String(error) } };
  }
}

async function tier(
  { decisions, settings }: ParticipantParts,
  prompt: string,
  stream: vscode.ChatResponseStream,
): Promise<Result> {
  const asked = prompt.trim().toLowerCase();
  const known = TIERS.find(([name]) => (name ?? CATALOG) === asked);
  if (known !== undefined) {
    await setTier(known[0]);
    stream.markdown(`The tier is now **${tierWords(known[0])}**.`);
    return {};
  }
  stream.markdown(tierList(asked, settings().tier, decisions.last?.route?.tier));
  stream.button({ command: "hydraAuto.changeTier", title: "Change Tier" });
  return {};
}

async function answer(
  parts: ParticipantParts,
  request: vscode.ChatRequest,
  context: vscode.ChatContext,
  stream: vscode.ChatResponseStream,
  token: vscode.CancellationToken,
): Promise<Result> {
  try {
    const record = await parts.answering.answer({
      messages: await conversation(request, context),
      options: { requestInitiator: PARTICIPANT },
      // Without tools there are texts, and thinking, which a participant cannot show.
      sink: (part) => {
        if (part instanceof vscode.LanguageModelTextPart) stream.markdown(part.value);
      },
      token,
    });
    return record === undefined ? {} : { details: footer(record) };
  } catch (error) {
    return { errorDetails: { message: error instanceof Error ? error.message : String(error) } };
  }
}
