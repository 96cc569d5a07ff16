import "@hotwired/turbo";
import "../Look/look.css";
import "../Waterfall/waterfall";
import { startDialogs } from "../Frame/dialogs";
import { startKeys } from "../Frame/keys";
import { startLive } from "../Frame/live";
import { startLogs } from "../Logs/log";
import { startTheme } from "../Look/theme";
import { startFilters } from "../Parts/filters";
import { startTimes } from "../Parts/times";

document.documentElement.dataset.script = "";
startTimes();
startTheme();
startKeys();
startDialogs();
startFilters();
startLogs();
startLive();
