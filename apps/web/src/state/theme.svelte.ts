// Light, dark, or as the system has it.

export type Theme = "system" | "light" | "dark";

const KEY = "portdelta-theme";

function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system";
  }
}

class Look {
  theme = $state<Theme>(stored());

  choose(theme: Theme) {
    this.theme = theme;
    if (theme === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
    try {
      if (theme === "system") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, theme);
    } catch {
      // It counts for this visit.
    }
  }
}

export const look = new Look();
