/** The quick pick behind the status bar item, and the commands that it offers. */
import * as vscode from "vscode";
import { CatalogUnreadable } from "../catalog/exclude";
import { activeFolder, catalogFile, excludeModel, openCatalog } from "../catalog/files";
import type { DecisionStore, ReadSettings, RouterClient } from "../contracts";
import { deniable, money, tierWords, why } from "../decisions/words";
import { SECTION } from "../settings/settings";
import type { ModelVerdict, TierName } from "../wire/protocol";
import type { AskPool } from "../pool/verdicts";

export interface MenuParts {
  readonly decisions: DecisionStore;
  readonly router: RouterClient;
  readonly settings: ReadSettings;
  readonly askPool: AskPool;
}

interface Choice extends vscode.QuickPickItem {
  readonly command: string;
}

/** What leaving the tier to the catalog is called beside the tiers' names. */
export const CATALOG = "catalog";

export const TIERS: readonly (readonly [TierName | null, string])[] = [
  ["efficiency", "Cost first: a more capable model only where it is clearly needed"],
  ["balance", "Balances cost and capability"],
  ["intelligence", "Capability first: a cheaper model only where it has something to spare"],
  [null, "Set by the catalog: its default and its rules"],
];

export function registerMenu(parts: MenuParts): vscode.Disposable {
  const register = vscode.commands.registerCommand;
  return vscode.Disposable.from(
    register("hydraAuto.menu", () => menu(parts)),
    register("hydraAuto.changeTier", () => changeTier(parts.settings)),
    register("hydraAuto.pinModel", () => pinModel(parts)),
    register("hydraAuto.excludeModel", () => exclude(parts)),
    register("hydraAuto.openCatalog", () => inFolder(openCatalog)),
  );
}

async function menu({ decisions, settings }: MenuParts): Promise<void> {
  const last = decisions.last;
  const choices: Choice[] = [
    { label: "$(info) Explain the last decision", command: "hydraAuto.explain" },
    {
      label: "$(dashboard) Change tier",
      description: tierWords(settings().tier),
      command: "hydraAuto.changeTier",
    },
    { label: "$(pin) Pin a model for this conversation", command: "hydraAuto.pinModel" },
    { label: "$(circle-slash) Exclude a model in this workspace", command: "hydraAuto.excludeModel" },
    { label: "$(go-to-file) Open the workspace's catalog", command: "hydraAuto.openCatalog" },
    { label: "$(shield) Review workspace catalog changes", command: "hydraAuto.reviewConsent" },
    { label: "$(output) Show log", command: "hydraAuto.showLogs" },
  ];
  const chosen = await vscode.window.showQuickPick(choices, {
    title: "Auto mode",
    placeHolder: last === undefined ? "Nothing has been routed yet" : why(last),
  });
  if (chosen !== undefined) await vscode.commands.executeCommand(chosen.command);
}

async function changeTier(settings: ReadSettings): Promise<void> {
  const now = settings().tier;
  const items = TIERS.map(([tier, detail]) => ({
    tier,
    label: tier ?? CATALOG,
    detail,
    ...(tier === now ? { description: "now" } : {}),
  }));
  const chosen = await vscode.window.showQuickPick(items, { title: "Tier of Auto mode" });
  if (chosen !== undefined) await setTier(chosen.tier);
}

/** Written where it is set now: in the workspace if that has its own, else in the user's settings. */
export async function setTier(tier: TierName | null): Promise<void> {
  const section = vscode.workspace.getConfiguration(SECTION);
  const own = section.inspect("tier")?.workspaceValue !== undefined;
  const { Global, Workspace } = vscode.ConfigurationTarget;
  await section.update("tier", tier, own ? Workspace : Global);
}

async function pinModel({ decisions, router }: MenuParts): Promise<void> {
  const record = decisions.last;
  if (record?.route == null) {
    void vscode.window.showInformationMessage(
      "Send a message with Auto first: a model is pinned in its conversation.",
    );
    return;
  }
  const { candidates } = record.route;
  const chosen = await vscode.window.showQuickPick(
    [
      { label: "$(sync) No pin: let Auto choose", model: null },
      ...candidates.map((model) => ({ label: model.name, description: model.vendor ?? "", model })),
    ],
    { title: `Pin a model in “${record.label}”` },
  );
  if (chosen === undefined) return;
  const { model } = chosen;
  await told("The model could not be pinned", async () => {
    const pinned = await router.pin(record.conversationId, model?.id ?? null, model?.vendor ?? undefined);
    const words =
      pinned === null ? "Auto chooses again in this conversation" : `${model?.name ?? pinned} is pinned`;
    vscode.window.setStatusBarMessage(`${words}, from the next message on.`, 5000);
  });
}

async function exclude({ askPool }: MenuParts): Promise<void> {
  await inFolder(async (folder) => {
    const models = await askPool();
    const chosen = await vscode.window.showQuickPick(deniable(models).map(excludable), {
      title: `Exclude a model in ${folder.name}`,
      placeHolder: "Auto will not choose it in this workspace",
    });
    if (chosen === undefined) return;
    await excludeModel(folder, chosen.id);
    await trustHint(folder, chosen.label);
  });
}

function excludable(model: ModelVerdict): vscode.QuickPickItem & { readonly id: string } {
  const now = model.gate === null ? "" : `; now: ${model.gate}`;
  return {
    label: model.name,
    description: `${model.id}, about ${money(model.cost)} a request${now}`,
    id: model.id,
  };
}

async function trustHint(folder: vscode.WorkspaceFolder, model: string): Promise<void> {
  if (vscode.workspace.isTrusted) {
    const open = "Open Catalog";
    const chosen = await vscode.window.showInformationMessage(
      `${model} is excluded in ${folder.name}.`,
      open,
    );
    if (chosen === open) await vscode.window.showTextDocument(catalogFile(folder));
    return;
  }
  const manage = "Manage Trust";
  const chosen = await vscode.window.showWarningMessage(
    `${model} is written to the catalog of ${folder.name}, which counts once you trust the workspace.`,
    manage,
  );
  if (chosen === manage) await vscode.commands.executeCommand("workbench.trust.manage");
}

async function inFolder(act: (folder: vscode.WorkspaceFolder) => Promise<void>): Promise<void> {
  const folder = activeFolder();
  if (folder === undefined) {
    void vscode.window.showInformationMessage(
      "Open a folder first: a workspace's catalog lies in its .vscode folder.",
    );
    return;
  }
  await told("The catalog was not changed", () => act(folder), folder);
}

/** Does it, and shows what went wrong. */
async function told(
  failure: string,
  act: () => Promise<void>,
  folder?: vscode.WorkspaceFolder,
): Promise<void> {
  try {
    await act();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const unreadable = error instanceof CatalogUnreadable && folder !== undefined;
    const actions = unreadable ? ["Open Catalog"] : [];
    const chosen = await vscode.window.showErrorMessage(`${failure}: ${message}`, ...actions);
    if (chosen !== undefined && unreadable) await openCatalog(folder);
  }
}
