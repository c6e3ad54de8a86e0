using System.Globalization;
using System.Text.RegularExpressions;

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>One call of the system as strace saw it; Begin and End are line numbers, which have the order of the events.</summary>
internal sealed record TracedCall(string Name, string File, string Content, int Begin, int End, long Result);

/// <summary>Reads the output of <c>strace -f -y</c>.</summary>
internal static partial class CallTrace
{
    public static List<TracedCall> Parse(IEnumerable<string> lines)
    {
        var calls = new List<TracedCall>();
        var unfinished = new Dictionary<string, (Match Call, int Begin)>();
        var at = -1;
        foreach (var line in lines)
        {
            at++;
            if (Unfinished().Match(line) is { Success: true } begun)
            {
                unfinished[begun.Groups["pid"].Value] = (begun, at);
            }
            else if (Resumed().Match(line) is { Success: true } resumed)
            {
                if (unfinished.Remove(resumed.Groups["pid"].Value, out var earlier))
                    calls.Add(Call(earlier.Call, earlier.Begin, at, resumed.Groups["result"].Value));
            }
            else if (Whole().Match(line) is { Success: true } whole)
            {
                calls.Add(Call(whole, at, at, whole.Groups["result"].Value));
            }
        }

        return calls;
    }

    private static TracedCall Call(Match call, int begin, int end, string result) => new(
        call.Groups["name"].Value, call.Groups["file"].Value, call.Groups["rest"].Value, begin, end, long.Parse(result, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"^(?<pid>\d+)\s+(?<name>\w+)\(\d+<(?<file>[^>]*)>(?<rest>.*)\)\s+=\s+(?<result>-?\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex Whole();

    [GeneratedRegex(@"^(?<pid>\d+)\s+(?<name>\w+)\(\d+<(?<file>[^>]*)>(?<rest>.*) <unfinished \.\.\.>$", RegexOptions.CultureInvariant)]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"^(?<pid>\d+)\s+<\.\.\. \w+ resumed>.*=\s+(?<result>-?\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex Resumed();
}
