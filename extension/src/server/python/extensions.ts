/** The Python that the user chose in a Python extension, where there is one; none is needed. */
import * as vscode from "vscode";

/** Another extension may take its time to start, or never end. */
const PATIENCE_MS = 5_000;

/** ms-python.vscode-python-envs: the part of its API that is used. */
interface EnvironmentsApi {
  getEnvironment(scope?: vscode.Uri): Promise<{ execInfo?: { run?: { executable?: string } } } | undefined>;
  readonly onDidChangeEnvironment: vscode.Event<unknown>;
}

/** ms-python.python: the part of its API that is used. */
interface PythonApi {
  readonly environments: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { path: string };
    resolveEnvironment(
      environment: unknown,
    ): Promise<{ executable?: { uri?: vscode.Uri | undefined } } | undefined>;
    readonly onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}

/** Best first. In an untrusted workspace none: the choice may be an executable of the workspace. */
export async function chosenInExtensions(
  changed: () => void,
  own: (listener: vscode.Disposable) => void,
): Promise<string[]> {
  if (!vscode.workspace.isTrusted) return [];
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const found = await Promise.all([
    ask<EnvironmentsApi>("ms-python.vscode-python-envs", async (api) => {
      own(api.onDidChangeEnvironment(changed));
      return (await api.getEnvironment(folder))?.execInfo?.run?.executable;
    }),
    ask<PythonApi>("ms-python.python", async ({ environments }) => {
      own(environments.onDidChangeActiveEnvironmentPath(changed));
      const active = environments.getActiveEnvironmentPath(folder);
      return (await environments.resolveEnvironment(active))?.executable?.uri?.fsPath;
    }),
  ]);
  return found.filter((executable) => executable !== undefined);
}

/** Undefined where the extension is missing, late, broken, or of another shape than is known here. */
async function ask<Api>(
  id: string,
  question: (api: Api) => Promise<string | undefined>,
): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<Api>(id);
  if (extension === undefined) return undefined;
  const answer = async () => question(await extension.activate());
  const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), PATIENCE_MS));
  return Promise.race([answer().catch(() => undefined), late]);
}
