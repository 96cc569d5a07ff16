import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, type Completion, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, foldGutter, foldKeymap, HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { forceLinting, linter, lintGutter, lintKeymap, type Diagnostic } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { crosshairCursor, drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, hoverTooltip, keymap, lineNumbers, rectangularSelection, type Tooltip } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { placeAt } from "./place";
import { aboutAt, keysAt, valuesAt, type Schema } from "./schema";

// The editor of a whole text, loaded where one is: it stands in a shadow, where its style sheets need no leave of the page's policy, and writes what is typed into the field that the form sends.
interface Problem { part: string; line: number; column: number; message: string; path: string }

const look = EditorView.theme({
  "&": { fontSize: "12px", border: "1px solid var(--control-border)", borderRadius: "4px", background: "var(--surface-0)", color: "var(--text)", height: "min(70vh, 900px)", minHeight: "320px" },
  "&.cm-focused": { outline: "2px solid var(--link)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "18px" },
  ".cm-content": { caretColor: "var(--text)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": { background: "var(--surface-1)", color: "var(--text-muted)", borderRight: "1px solid var(--hairline)" },
  ".cm-activeLine, .cm-activeLineGutter": { background: "color-mix(in srgb, var(--link) 7%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "color-mix(in srgb, var(--link) 28%, transparent) !important" },
  ".cm-tooltip": { background: "var(--surface-0)", color: "var(--text)", border: "1px solid var(--control-border)", borderRadius: "4px", maxWidth: "520px" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { background: "var(--link)", color: "var(--surface-0)" },
  ".cm-completionInfo": { font: "12px/16px var(--sans)", maxWidth: "320px" },
  ".cm-about": { padding: "4px 8px", font: "12px/16px var(--sans)", maxWidth: "480px" },
  ".cm-panels": { background: "var(--surface-1)", color: "var(--text)" },
  ".cm-panels button, .cm-panels input": { font: "12px var(--sans)", color: "var(--text)", background: "var(--surface-0)", border: "1px solid var(--control-border)", backgroundImage: "none" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--failure-fill)" },
});
const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--link)" },
  { tag: tags.comment, color: "var(--text-muted)", fontStyle: "italic" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--success-ink)" },
  { tag: [tags.keyword, tags.labelName, tags.typeName], color: "var(--exception-ink)" },
]);

function problemsOf(view: EditorView, name: string, found: Problem[]): Diagnostic[] {
  const { doc } = view.state;
  return found.map(problem => {
    const isHere = problem.part === name && problem.line > 0;
    const line = doc.line(isHere ? Math.min(problem.line, doc.lines) : 1), from = isHere ? Math.min(line.from + Math.max(problem.column - 1, 0), line.to) : line.from;
    const word = /^[^\s:,[\]{}]+/.exec(doc.sliceString(from, line.to))?.[0].length ?? 0;
    return { from, to: from + word, severity: "error", message: isHere ? problem.message : `${problem.part ? `${problem.part}:${problem.line}: ` : ""}${problem.message}` };
  });
}

export { placeAt };

/** Puts the editor in the place of the field. The answer ends it. */
export function mount(host: HTMLElement, field: HTMLTextAreaElement): () => void {
  const form = field.form!, name = (): string => (form.elements.namedItem("name") as HTMLInputElement).value;
  let schema: Schema | undefined;
  const names = new Map<string, string[]>();
  void fetch(host.dataset.schema!).then(async answer => { if (answer.ok) schema = await answer.json() as Schema; }).catch(() => {});

  /** Names of a section: those in the text, and those that the server knows. */
  async function namesOf(section: string, text: string): Promise<string[]> {
    if (!names.has(section)) {
      const answer = await fetch(`/api/v2/config/things/${section}?limit=2000`).catch(() => undefined);
      names.set(section, answer?.ok ? ((await answer.json()) as { things: { name: string }[] }).things.map(t => t.name) : []);
    }
    const own = new RegExp(`^${section}:\\s*\\n((?:[ #].*\\n|\\s*\\n)*)`, "m").exec(text)?.[1] ?? "";
    const written = own.split("\n").map(line => /^ {2}["']?([\w*-]+)["']?:/.exec(line)?.[1]).filter(n => n !== undefined);
    return [...new Set([...written, ...names.get(section)!])].sort();
  }

  async function complete(context: CompletionContext): Promise<CompletionResult | null> {
    if (!schema) return null;
    const text = context.state.doc.toString(), place = placeAt(text, context.pos);
    if (!context.explicit && place.typed === "") return null;
    const options: Completion[] = [];
    if (place.wants === "key") {
      for (const key of keysAt(schema, place.path, place.siblings)) options.push({ label: key.label, apply: `${key.label}: `, info: key.about, type: "property", boost: key.isNeeded ? 1 : 0, detail: key.isNeeded ? "needed" : undefined });
    } else {
      const { words, names: section } = valuesAt(schema, place.path);
      for (const word of words) options.push({ label: word, type: "constant" });
      if (section) for (const one of await namesOf(section, text)) options.push({ label: one, type: "variable", detail: section });
    }
    return options.length > 0 ? { from: place.from, options, validFor: /^[\w*-]*$/ } : null;
  }

  const about = hoverTooltip((view, position): Tooltip | null => {
    const line = view.state.doc.lineAt(position), before = /[\w-]*$/.exec(line.text.slice(0, position - line.from))![0], after = /^[\w-]*/.exec(line.text.slice(position - line.from))![0];
    const from = position - before.length, to = position + after.length;
    if (!schema || from === to || !/^["']?\s*:(\s|$)/.test(line.text.slice(to - line.from))) return null;
    const place = placeAt(view.state.doc.toString(), to), text = place.wants === "key" ? aboutAt(schema, [...place.path, before + after], place.siblings) : undefined;
    if (!text) return null;
    return { pos: from, end: to, above: true, create: () => { const dom = document.createElement("div"); dom.className = "cm-about"; dom.textContent = text; return { dom }; } };
  });

  async function check(view: EditorView): Promise<Diagnostic[]> {
    const body = new FormData(form);
    body.set("text", view.state.doc.toString());
    const answer = await fetch(host.dataset.check!, { method: "POST", body: new URLSearchParams([...body].map(([k, v]) => [k, String(v)])), headers: { Accept: "application/json" } }).catch(() => undefined);
    // No answer is no complaint: saving says what is wrong as well.
    return answer?.ok ? problemsOf(view, name(), await answer.json() as Problem[]) : [];
  }

  const shadow = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  shadow.innerHTML = "<slot></slot>";
  const box = shadow.appendChild(document.createElement("div"));
  const isReadOnly = field.readOnly;
  const view = new EditorView({
    root: shadow,
    parent: box,
    state: EditorState.create({
      doc: field.value,
      extensions: [
        lineNumbers(), highlightActiveLineGutter(), foldGutter(), history(), drawSelection(), EditorState.allowMultipleSelections.of(true), bracketMatching(), closeBrackets(), rectangularSelection(), crosshairCursor(), highlightActiveLine(),
        highlightSelectionMatches(), indentUnit.of("  "), yaml(), syntaxHighlighting(colours), look,
        EditorState.readOnly.of(isReadOnly),
        isReadOnly ? [] : [autocompletion({ override: [complete] }), linter(check, { delay: 600 }), lintGutter()],
        about,
        EditorView.contentAttributes.of({ "aria-label": "Text of the configuration", spellcheck: "false", tabindex: "0" }),
        EditorView.updateListener.of(update => { if (update.docChanged) field.value = update.state.doc.toString(); }),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...completionKeymap, ...lintKeymap, indentWithTab]),
      ],
    }),
  });

  function goTo(line: number): void {
    const at = view.state.doc.line(Math.max(1, Math.min(line, view.state.doc.lines))).from;
    view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
    view.focus();
  }
  const toLine = (event: Event): void => {
    const link = (event.target as Element).closest?.<HTMLElement>("a[data-line]");
    if (!link) return;
    event.preventDefault();
    goTo(Number(link.dataset.line));
  };
  // A page that morphs into the answer of its form brings the field as the server has it.
  const keep = (): void => { field.value = view.state.doc.toString(); };
  document.addEventListener("turbo:morph", keep);
  document.addEventListener("click", toLine);
  if (host.dataset.line) goTo(Number(host.dataset.line));
  if (!isReadOnly) forceLinting(view);
  return () => {
    document.removeEventListener("turbo:morph", keep);
    document.removeEventListener("click", toLine);
    view.destroy();
    box.remove();
  };
}
