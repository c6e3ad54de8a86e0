using System.Diagnostics;
using LstmOrleans.Recording;

namespace LstmOrleans.Client.Tests.Recording;

/// <summary>The built <c>lstm</c> next to the tests.</summary>
internal static class LstmProgram
{
    public static ChildCommand Command { get; } = new(Path.Combine(AppContext.BaseDirectory, "lstm"), []);

    public static void SkipUnlessLinux() => Assert.SkipUnless(OperatingSystem.IsLinux(), "Recording reads /proc.");

    public static Process Start(params string[] arguments) => Process.Start(
        new ProcessStartInfo(Command.FileName, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
}
