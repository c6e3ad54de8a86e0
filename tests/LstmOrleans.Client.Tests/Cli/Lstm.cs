using System.Diagnostics;
using System.Reflection;

namespace LstmOrleans.Client.Tests.Cli;

/// <summary>What a run of <c>lstm</c> left: exit code, standard output, standard error.</summary>
internal sealed record LstmResult(int Code, string Output, string Error)
{
    /// <summary>Exit code 0.</summary>
    public LstmResult Done()
    {
        Assert.True(Code == 0, $"lstm ended with {Code}: {Error}");
        return this;
    }

    /// <summary>An exit code and exactly one line of error, with these parts.</summary>
    public void Refused(int code, params string[] parts)
    {
        Assert.True(Code == code, $"lstm ended with {Code}, not {code}: {Error}{Output}");
        var line = Assert.Single(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => !IsWordOfWaiting(line));
        foreach (var part in parts)
            Assert.Contains(part, line, StringComparison.Ordinal);
    }

    // On a busy machine also a server that answers is connected to after more than the 5 s that it comes after.
    private static bool IsWordOfWaiting(string line) => line.StartsWith("No server answers", StringComparison.Ordinal) && line.Contains(" yet; trying for ", StringComparison.Ordinal);
}

/// <summary>The real <c>lstm</c> as a process.</summary>
internal sealed class Lstm : IDisposable
{
    /// <summary>Where it is built.</summary>
    public static readonly string Program = typeof(Lstm).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "LstmProgram").Value!;

    private readonly Task<string> _output;
    private readonly Task<string> _error;

    private Lstm(Process process)
    {
        Process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _error = process.StandardError.ReadToEndAsync();
    }

    /// <summary>How a shell starts it.</summary>
    public static string ShellCommand => $"dotnet '{Program}'";

    public Process Process { get; }

    public static Lstm Start(params string[] arguments) => Start([], arguments);

    /// <summary>Runs to the end with nothing on standard input.</summary>
    public static Task<LstmResult> RunAsync(params string[] arguments) => RunAsync([], arguments);

    /// <summary>The same with variables in its environment.</summary>
    public static async Task<LstmResult> RunAsync(IReadOnlyCollection<(string Name, string Value)> environment, string[] arguments)
    {
        using var program = Start(environment, arguments);
        program.Process.StandardInput.Close();
        return await program.EndAsync();
    }

    /// <summary>Starts it with variables in its environment.</summary>
    public static Lstm Start(IReadOnlyCollection<(string Name, string Value)> environment, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return new(Process.Start(start)!);
    }

    public async Task<LstmResult> EndAsync()
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromMinutes(4));
        await Process.WaitForExitAsync(deadline.Token);
        return new LstmResult(Process.ExitCode, await _output, await _error);
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        Process.Kill();
        await Process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public void Dispose()
    {
        if (!Process.HasExited)
            Process.Kill();
        Process.Dispose();
    }
}
