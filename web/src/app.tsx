/** The page around all: its head, and what the URL's fragment names. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ComparePage } from "./compare";
import { ErrorBoundary } from "./components/boundary";
import { Icon } from "./components/icons";
import { Keys } from "./components/keys";
import { Prose } from "./components/prose";
import { Splitter } from "./components/splitter";
import { CurvesTab, Tooltip } from "./curves";
import { source } from "./data/context";
import { HyperTab } from "./hyper";
import { age } from "./lib/format";
import { RunPage } from "./run";
import { connection } from "./state/live";
import { links, route, type Tab } from "./state/route";
import { setTheme, theme, type Theme } from "./state/theme";
import { RunsTable, TableToolbar } from "./table";
import { EnergyPage, hasTotals, SeedsPage } from "./totals";

const paneWidth = signal(typeof innerWidth === "number" && innerWidth > 1200 ? 480 : 320);

const TABS: [Tab, string, string][] = [
  ["curves", "Curves", links.workspace],
  ["table", "Runs", links.table],
  ["hyperparameters", "Hyperparameters", links.hyperparameters],
  ["seeds", "Seeds", links.seeds],
  ["energy", "Energy", links.energy],
];

export function App() {
  const here = route.value;
  const title = source().page.title;
  const name =
    here.page === "run" ? here.name : here.page === "compare" ? here.names.join(", ") : null;
  useEffect(() => {
    document.title = name === null ? title : `${name} · ${title}`;
  }, [name, title]);
  useEffect(() => {
    if (here.page === "workspace") return;
    document.getElementById("gx-main")?.focus();
    if (source().page.mode !== "article") scrollTo(0, 0);
  }, [here.page, name]);
  useEffect(() => {
    document.addEventListener("keydown", shortcut);
    return () => document.removeEventListener("keydown", shortcut);
  }, []);
  return (
    <div class="gx-app">
      <a class="gx-skip" href="#gx-main" onClick={skip}>
        Skip to the content
      </a>
      <Head tab={here.page === "workspace" ? here.tab : null} />
      <LeftOut />
      {here.page === "workspace" ? (
        <Workspace tab={here.tab} />
      ) : (
        <Main class="gx-page" label={name ?? ""}>
          <ErrorBoundary key={name}>
            {here.page === "run" ? (
              <RunPage name={here.name} />
            ) : (
              <ComparePage names={here.names} />
            )}
          </ErrorBoundary>
        </Main>
      )}
      <Tooltip />
    </div>
  );
}

function Workspace({ tab }: { tab: Tab }) {
  if (tab === "table")
    return (
      <Main class="gx-body gx-wide" label="Runs">
        <Heading text="Runs" />
        <TableToolbar />
        <RunsTable />
      </Main>
    );
  if (tab === "seeds" || tab === "energy")
    return (
      <Main class="gx-page" label={tab}>
        <ErrorBoundary key={tab}>{tab === "seeds" ? <SeedsPage /> : <EnergyPage />}</ErrorBoundary>
      </Main>
    );
  return (
    <div class="gx-body">
      <aside class="gx-pane" aria-label="Runs" style={{ width: `${paneWidth.value}px` }}>
        <TableToolbar />
        <RunsTable />
      </aside>
      <Splitter width={paneWidth} label="Width of the list of runs" />
      <Main class="gx-main" label={tab}>
        <ErrorBoundary key={tab}>
          {tab === "curves" ? (
            <>
              <Heading text="Curves" />
              <CurvesTab />
            </>
          ) : (
            <div class="gx-scroll">
              <Heading text="Hyperparameters" />
              <HyperTab />
            </div>
          )}
        </ErrorBoundary>
      </Main>
    </div>
  );
}

interface MainProps {
  class: string;
  label: string;
  children: preact.ComponentChildren;
}

/** What the page is about; in an article that is the article, and this is one of its sections. */
function Main({ label, children, ...rest }: MainProps) {
  const props = { ...rest, id: "gx-main", tabIndex: -1, "aria-label": label };
  return source().page.mode === "article" ? (
    <section {...props}>{children}</section>
  ) : (
    <main {...props}>{children}</main>
  );
}

/** For those who go from heading to heading: the tab's name is on the screen already. */
function Heading({ text }: { text: string }) {
  return source().page.mode === "article" ? null : <h1 class="gx-unseen">{text}</h1>;
}

function Head({ tab }: { tab: Tab | null }) {
  const { page } = source();
  const tabs = TABS.filter(([key]) => (key !== "seeds" && key !== "energy") || hasTotals(key));
  return (
    <header class="gx-top">
      <a class="gx-brand" href={links.workspace} title={page.title}>
        <b class="gx-clip">{page.title}</b>
        {!page.title.includes(page.repository) && (
          <span class="gx-clip gx-soft">{page.repository}</span>
        )}
      </a>
      <nav class="gx-tabs" aria-label="Views">
        {tabs.map(([key, label, link]) => (
          <a key={key} href={link} aria-current={tab === key ? "page" : undefined}>
            {label}
          </a>
        ))}
      </nav>
      <span class="gx-grow" />
      <Freshness />
      <Keys />
      <ThemeButton />
    </header>
  );
}

/** A report says how old it is; the dashboard, whether it hears its server. */
function Freshness() {
  const { page } = source();
  if (connection.value === null)
    return (
      <span class="gx-fresh gx-soft" title={new Date(page.generated_s * 1000).toLocaleString()}>
        made {age(Date.now() / 1000 - page.generated_s)}
      </span>
    );
  const [state, text] = {
    open: ["open", "live"],
    connecting: ["wait", "connecting…"],
    lost: ["lost", "no connection, trying again…"],
  }[connection.value] as [string, string];
  return (
    <span class="gx-fresh" data-state={state} role="status">
      {text}
    </span>
  );
}

function ThemeButton() {
  const order: Theme[] = ["system", "light", "dark"];
  const next = order[(order.indexOf(theme.value) + 1) % order.length]!;
  const icon = { system: "system", light: "sun", dark: "moon" } as const;
  return (
    <button
      type="button"
      class="gx-button gx-bare"
      aria-label={`Theme: ${theme.value}. Change to ${next}`}
      title={`Theme: ${theme.value}`}
      onClick={() => setTheme(next)}
    >
      <Icon name={icon[theme.value]} />
    </button>
  );
}

const toldLeftOut = signal(false);

/** What the file leaves out to stay small, until the reader has read it. */
function LeftOut() {
  const said = source().page.left_out ?? [];
  if (said.length === 0 || toldLeftOut.value) return null;
  return (
    <div class="gx-left-out" role="note">
      <div class="gx-grow">
        {said.map((sentence) => (
          <p key={sentence}>
            <Prose text={sentence} />
          </p>
        ))}
      </div>
      <button
        type="button"
        class="gx-button gx-bare"
        aria-label="Close the note"
        onClick={() => (toldLeftOut.value = true)}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}

/** `/` goes to the search, wherever the keyboard is. */
function shortcut(event: KeyboardEvent): void {
  const inField = event.target instanceof Element && event.target.closest("input, textarea");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || inField) return;
  const search = document.getElementById("gx-run-search");
  if (search === null) return;
  search.focus();
  event.preventDefault();
}

/** The fragment is the route's, so that a plain link to an id would leave the page. */
function skip(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById("gx-main")?.focus();
}
