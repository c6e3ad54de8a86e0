using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace LstmOrleans.Demo.Tests.Demo;

/// <summary>The demo as a process of its own, as its users run it.</summary>
internal sealed class DemoProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly Task<string> _errors;
    private readonly List<string> _lines = [];

    private DemoProcess(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    public static DemoProcess Start(params string[] arguments) => Start(new Dictionary<string, string>(), arguments);

    public static DemoProcess Start(IReadOnlyDictionary<string, string> environment, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "LstmOrleans.Demo.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return new DemoProcess(Process.Start(start)!);
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<DemoResult> Run(params string[] arguments)
    {
        await using var process = Start(arguments);
        return await process.End();
    }

    /// <summary>Waits for a line that contains the text.</summary>
    /// <returns>The line.</returns>
    public async Task<string> WaitForLine(string text)
    {
        using var late = new CancellationTokenSource(Patience);
        while (await _process.StandardOutput.ReadLineAsync(late.Token) is { } line)
        {
            _lines.Add(line);
            if (line.Contains(text, StringComparison.Ordinal))
                return line;
        }

        throw new InvalidOperationException($"The demo ended without a line that contains '{text}':\n{string.Join('\n', _lines)}\n{await _errors}");
    }

    /// <summary>Waits until a query on one of its databases, which another process may read at any time, gives at least this much.</summary>
    /// <returns>False when the process ended first.</returns>
    public async Task<bool> WaitUntil(string database, string query, long atLeast)
    {
        using var late = new CancellationTokenSource(Patience);
        while (!_process.HasExited)
        {
            if (File.Exists(database) && TryQuery(database, query) >= atLeast)
                return true;
            await Task.Delay(1, late.Token);
        }

        return false;
    }

    /// <summary>SIGKILL: no handler, no flush, nothing.</summary>
    public async Task Kill()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async Task Interrupt()
    {
        using var kill = Process.Start("kill", ["-INT", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public async Task<DemoResult> End()
    {
        using var late = new CancellationTokenSource(Patience);
        while (await _process.StandardOutput.ReadLineAsync(late.Token) is { } line)
            _lines.Add(line);
        await _process.WaitForExitAsync(late.Token);
        return new DemoResult(_process.ExitCode, _lines, await _errors);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await Kill();
        _process.Dispose();
    }

    // The file may be there before its tables are.
    private static long TryQuery(string database, string query)
    {
        try
        {
            return Database.Query(database, query);
        }
        catch (SqliteException)
        {
            return -1;
        }
    }
}

/// <summary>How a demo ended.</summary>
internal sealed record DemoResult(int ExitCode, IReadOnlyList<string> Lines, string Errors)
{
    public string Output => string.Join('\n', Lines);

    /// <summary>Proof and table: what must be the same however often the run was interrupted.</summary>
    public string Verdict
    {
        get
        {
            int proof = Lines.ToList().FindIndex(line => line.Contains("bit for bit", StringComparison.Ordinal));
            Assert.True(proof >= 0, $"There is no proof in the output (exit code {ExitCode}):\n{Output}\n{Errors}");
            return string.Join('\n', Lines.Skip(proof));
        }
    }
}

/// <summary>A look into a database of the demo.</summary>
internal static class Database
{
    public static long Query(string path, string sql)
    {
        using var connection = Open(path, SqliteOpenMode.ReadOnly);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() is long value ? value : -1;
    }

    public static void Execute(string path, string sql)
    {
        using var connection = Open(path, SqliteOpenMode.ReadWrite);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.True(command.ExecuteNonQuery() > 0, $"'{sql}' changed nothing.");
    }

    /// <summary>Changes one bit of one blob.</summary>
    public static void FlipLowestBit(string path, string table, string column, string where, int offset)
    {
        using var connection = Open(path, SqliteOpenMode.ReadWrite);
        using var select = connection.CreateCommand();
        select.CommandText = $"SELECT {column} FROM {table} WHERE {where}";
        byte[] blob = Assert.IsType<byte[]>(select.ExecuteScalar());
        blob[offset] ^= 1;
        using var update = connection.CreateCommand();
        update.CommandText = $"UPDATE {table} SET {column} = $blob WHERE {where}";
        update.Parameters.AddWithValue("$blob", blob);
        Assert.Equal(1, update.ExecuteNonQuery());
    }

    private static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ConnectionString);
        connection.Open();
        return connection;
    }
}
