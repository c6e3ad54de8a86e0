namespace LstmOrleans.Processes;

/// <summary>A child that is killed when the thread that started it ends: under Linux, where <c>setpriv</c> (util-linux) is there.</summary>
public static class DeathSignal
{
    private static readonly string? Setpriv = OperatingSystem.IsLinux() ? new[] { "/usr/bin/setpriv", "/bin/setpriv" }.FirstOrDefault(File.Exists) : null;

    /// <summary>The command that starts a command so; the command itself where it cannot be. setpriv replaces itself, so there is no process between.</summary>
    public static string[] Before(string[] command) => Setpriv == null ? command : [Setpriv, "--pdeathsig", "KILL", .. command];
}
