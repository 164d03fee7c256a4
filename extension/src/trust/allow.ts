/** `hydraAuto.allowModels`: lets the editor ask for the vendors' consent before a request needs it. */
import * as vscode from "vscode";
import type { Offer, Pool } from "../pool/pool";
import { failureOf } from "../provider/failures";

const JUSTIFICATION =
  "Auto mode sends each request to the model that it has chosen; this lets it use this vendor's.";

export function registerAllowModels(pool: Pool): vscode.Disposable {
  return vscode.commands.registerCommand("hydraAuto.allowModels", async () => {
    await pool.ready;
    const vendors = onePerVendor(pool.offers);
    if (vendors.length === 0) {
      const manage = "Manage Language Models";
      const chosen = await vscode.window.showInformationMessage("No provider offers a model now.", manage);
      if (chosen === manage) await vscode.commands.executeCommand("workbench.action.chat.manage");
      return;
    }
    const chosen = await vscode.window.showQuickPick(
      vendors.map((offer) => ({
        label: offer.info.vendor,
        description: offer.chat.name,
        picked: true,
        offer,
      })),
      {
        title: "Vendors that Auto may use",
        placeHolder: "Each gets one tiny request, so that the editor can ask you now and not in mid-chat",
        canPickMany: true,
      },
    );
    const answers = await Promise.all((chosen ?? []).map(({ offer }) => ask(offer)));
    if (answers.length > 0) void vscode.window.showInformationMessage(answers.join(" "));
    await pool.refresh();
  });
}

function onePerVendor(offers: readonly Offer[]): Offer[] {
  return [...new Map(offers.map((offer) => [offer.info.vendor, offer])).values()];
}

/** The editor's dialog comes with the first request to a vendor; its answer is enough, the model's is not. */
async function ask({ chat, info }: Offer): Promise<string> {
  const source = new vscode.CancellationTokenSource();
  try {
    const message = vscode.LanguageModelChatMessage.User("Reply with the word OK.");
    await chat.sendRequest([message], { justification: JUSTIFICATION }, source.token);
    return `${info.vendor}: allowed.`;
  } catch (error) {
    const { consentRefused, message } = failureOf(error);
    return consentRefused ? `${info.vendor}: not allowed.` : `${info.vendor}: ${message}.`;
  } finally {
    source.cancel();
    source.dispose();
  }
}
