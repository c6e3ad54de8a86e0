namespace LstmOrleans.Hosting.Dashboard;

/// <summary>Where things are.</summary>
internal static class DashboardPaths
{
    public const string Health = "/health", Api = "/api", Orleans = "/orleans", LoginPage = "/login.html";

    /// <summary>What a browser needs to show the question for the key.</summary>
    public static readonly IReadOnlyList<string> Open = [LoginPage, "/login.js", "/api.js", "/theme.js", "/app.css", "/favicon.svg"];
}
