using System.Diagnostics;
using System.Net;
using System.Reflection;
using System.Text.Json;

namespace LstmOrleans.Browser.Tests;

/// <summary>The command <c>lstm</c> as a process, where it is built.</summary>
internal static class LstmCommand
{
    /// <summary>Runs it on a cluster.</summary>
    /// <returns>The JSON that it prints.</returns>
    public static async Task<JsonElement> RunAsync(IPEndPoint gateway, params string[] arguments)
    {
        string program = typeof(LstmCommand).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(entry => entry.Key == "LstmProgram").Value!;
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments, "--gateway", gateway.ToString()]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        return JsonSerializer.Deserialize<JsonElement>(await output);
    }
}
